import { join, resolve } from 'node:path';
import type { AzureMl, CallOptions } from '../azure/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import { nearestNames } from '../io/nearest-names.ts';
import type { ConnectOptions } from './connect.ts';
import { flattenTree, readJobTree } from './jobs/job-tree.ts';
import type { JobRun } from './jobs/job-tree.ts';
import { withConnection } from './with-connection.ts';

export interface DownloadJobOptions extends ConnectOptions, ActionContext {
  /** A job's name, or the run id of a step. */
  readonly job: string;
  /** `out/jobs/{job}` by default. */
  readonly out?: string;
  /** These outputs only; all of them by default, unless `logs` is given. */
  readonly outputs?: readonly string[];
  /** Logs and `./outputs` of the job and all of its steps. */
  readonly logs?: boolean;
  /** Puts files into folders that hold others. */
  readonly force?: boolean;
}

export interface DownloadedPart {
  readonly run: string;
  /** An output's name; `artifacts` for logs and `./outputs`. */
  readonly output: string;
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
}

export interface DownloadJobResult {
  readonly job: string;
  readonly out: string;
  readonly parts: readonly DownloadedPart[];
}

/**
 * Downloads what a job left: outputs to `named-outputs/{name}`, logs to `artifacts`, those of steps below `steps/{step}`.
 * Interrupted, the same call goes on. Throws JOB_NOT_FOUND, ASSET_NOT_FOUND for an output that it has not, OUTPUT_EXISTS,
 * and what downloads may.
 */
export function downloadJob(options: DownloadJobOptions): Promise<DownloadJobResult> {
  return withConnection(options, async (aml, call) => {
    const tree = await readJobTree(aml, options.job, call);
    if (tree === undefined)
      throw new AmlDeitError('JOB_NOT_FOUND', `there is no job "${options.job}"`, {
        hint: 'aml-deit job list shows the jobs of the workspace',
      });
    const out = resolve(options.out ?? join('out', 'jobs', options.job));
    const parts: DownloadedPart[] = [];
    const fetch = async (runId: string, output: string, directory: string, mayBeEmpty: boolean) => {
      parts.push(await fetchPart(aml, { runId, output, directory, mayBeEmpty }, options, call));
    };
    for (const output of await wantedOutputs(aml, options, call))
      await fetch(options.job, output, join(out, 'named-outputs', output), false);
    if (options.logs === true)
      for (const { run, place } of placesOf(tree, out))
        await fetch(run.runId, 'artifacts', join(place, 'artifacts'), true);
    return { job: options.job, out, parts: parts.filter(({ files }) => files > 0) };
  });
}

async function wantedOutputs(
  aml: AzureMl,
  options: DownloadJobOptions,
  call: CallOptions,
): Promise<readonly string[]> {
  const known = Object.keys((await aml.runs.get(options.job, call))?.outputs ?? {});
  if (options.outputs === undefined) return options.logs === true ? [] : known;
  for (const output of options.outputs) {
    if (known.includes(output)) continue;
    const [near] = nearestNames(output, known);
    const names = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new AmlDeitError('ASSET_NOT_FOUND', `job "${options.job}" has no output "${output}"`, {
      hint: near === undefined ? names : `did you mean ${near}? ${names}`,
    });
  }
  return options.outputs;
}

/** Two steps of one name in one pipeline cannot be; in a nested one they lie in folders of their own. */
function* placesOf(tree: JobRun, out: string): Generator<{ readonly run: JobRun; readonly place: string }> {
  const path: string[] = [];
  for (const { run, depth } of flattenTree(tree)) {
    path.length = depth;
    path[depth] = run.name.replaceAll(/[^\w.-]/g, '_');
    yield { run, place: join(out, ...path.slice(1).flatMap((name) => ['steps', name])) };
  }
}

async function fetchPart(
  aml: AzureMl,
  part: {
    readonly runId: string;
    readonly output: string;
    readonly directory: string;
    readonly mayBeEmpty: boolean;
  },
  options: DownloadJobOptions,
  call: CallOptions,
): Promise<DownloadedPart> {
  const host = options.host ?? silentHost;
  const { runId, output, directory, mayBeEmpty } = part;
  const progress = {
    id: `download-${runId}-${output}`,
    text: `download ${output} of ${runId}`,
    unit: 'bytes',
  } as const;
  const downloaded = await aml.downloadFolder(`azureml://jobs/${runId}/outputs/${output}`, directory, {
    ...call,
    mayBeEmpty,
    ...(options.force === undefined ? {} : { force: options.force }),
    onProgress: ({ downloadedBytes, totalBytes }) =>
      host.progress({ ...progress, state: 'running', current: downloadedBytes, total: totalBytes }),
  });
  host.progress({ ...progress, state: 'done' });
  return { run: runId, output, directory, files: downloaded.files.length, bytes: downloaded.totalBytes };
}
