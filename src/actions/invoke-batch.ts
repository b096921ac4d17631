import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AzureMl, CallOptions } from '../azure/index.ts';
import type { BatchDeploymentResource } from '../azure/wire/batch.ts';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { readFolderContent, silentHost, throwIfAborted } from '../io/index.ts';
import type { FolderContent, Host } from '../io/index.ts';
import { readProjectFile } from '../io/project-file.ts';
import { otherThanPicture } from '../serving/batch/picture-names.ts';
import { batchInput } from './batch/component-specs.ts';
import { prepareBatchInput } from './batch/batch-input.ts';
import type { BatchInputType } from './batch/batch-input.ts';
import { expectedLabels } from './batch/expected-labels.ts';
import { findPredictions } from './batch/find-predictions.ts';
import { summarizeRows } from './batch/summarize-rows.ts';
import type { InvokedRow } from './batch/summarize-rows.ts';
import { joinNames } from './batch/join-names.ts';
import { readPredictions } from './batch/read-predictions.ts';
import type { PredictedRow } from './batch/read-predictions.ts';
import type { ConnectOptions } from './connect.ts';
import { watchUntilEnd } from './jobs/watch.ts';
import type { WatchSettings } from './jobs/watch.ts';
import { withConnection } from './with-connection.ts';

export interface InvokeBatchOptions extends ConnectOptions, WatchSettings {
  /** Default: `batch_endpoint` of aml-deit.yml. */
  readonly endpoint?: string;
  /** Only this deployment; the default one without it. */
  readonly deployment?: string;
  /** A local folder or file, which is sent; `azureml:NAME:VERSION`, `azureml://…` or `https://…`. */
  readonly input: string;
  readonly inputType?: BatchInputType;
  /** Starts the job and does not wait for it. */
  readonly noWait?: boolean;
  /** Where the rows are put; `out/JOB` by default. */
  readonly output?: string;
  /** `folders`, or a CSV of paths and labels: what is right, for the accuracy. */
  readonly labels?: string;
  /** An earlier job over the same local folder: what it has is kept, and only the rest is scored. */
  readonly resumeJob?: string;
  /** Removes the deployment's cluster when the job has ended. */
  readonly deleteCompute?: boolean;
  /** Rows that the result holds; 1,000 by default. The files have all. */
  readonly maxRows?: number;
}

export interface InvokeBatchResult {
  readonly endpoint: string;
  /** null: everything was there, and no job was needed. */
  readonly job: string | null;
  readonly status: 'Started' | 'Completed';
  /** null without waiting. */
  readonly output: string | null;
  readonly counts: { readonly rows: number; readonly failed: number; readonly kept: number } | null;
  /** Over the rows that have a label and a class. */
  readonly accuracy: { readonly labelled: number; readonly top1: number; readonly top5: number } | null;
  readonly rows: readonly InvokedRow[];
  readonly deletedCompute: string | null;
}

const defaultMaxRows = 1000;

/**
 * Scores pictures by a batch endpoint: sends a local folder, starts a job, waits for it with its steps, fetches its rows
 * from wherever its kind of deployment puts them, and holds them against labels.
 *
 * Throws ENDPOINT_NOT_FOUND, DEPLOYMENT_NOT_FOUND, FILE_NOT_FOUND, INPUT_EMPTY, OUTPUT_EXISTS, JOB_FAILED, JOB_CANCELED,
 * AZURE_NOT_FOUND, INTERRUPTED (`details.job`: the job goes on unless it was asked to end).
 */
export async function invokeBatch(options: InvokeBatchOptions): Promise<InvokeBatchResult> {
  const host = options.host ?? silentHost;
  const name = options.endpoint ?? readProjectFile(options.cwd ?? process.cwd())?.batchEndpoint;
  if (name === undefined)
    throw new AmlDeitError('USAGE', 'no batch endpoint is named', {
      hint: 'say --endpoint NAME, or put batch_endpoint into aml-deit.yml',
    });
  const maxRows = options.maxRows ?? defaultMaxRows;
  if (options.output !== undefined && options.noWait !== true) await refuseFilled(options.output);
  const expected = options.labels === undefined ? undefined : await expectedLabels(options.labels);
  return withConnection(options, async (aml, call) => {
    const { endpoint, deployment } = await findTarget(aml, name, options.deployment, call);
    const before = options.resumeJob === undefined ? undefined : await earlierRows(aml, options, host, call);
    if (before?.missing.size === 0) {
      host.message({
        code: 'batch-complete',
        level: 'info',
        text: `job ${options.resumeJob} has a row of every picture`,
      });
      const output = await freshOutput(options.output ?? join('out', options.resumeJob ?? ''));
      const summary = await summarizeRows({ output, sources: [before.rows], expected, maxRows, host });
      return { endpoint: name, job: null, status: 'Completed', output, ...summary, deletedCompute: null };
    }
    const input = await prepareBatchInput(
      aml,
      {
        input: options.input,
        ...(options.inputType === undefined ? {} : { type: options.inputType }),
        ...(before === undefined ? {} : { only: before.missing }),
      },
      host,
      call,
    );
    const sent = input.content === undefined ? undefined : picturePaths(input.content);
    const isPipeline = deployment.properties.deploymentConfiguration?.componentId !== undefined;
    throwIfAborted(options.signal);
    // Not to be interrupted: a job that is started and not known of could be neither watched nor canceled.
    const started = await aml.batchEndpoints.invoke(endpoint, {
      inputs: { [isPipeline ? batchInput : 'data']: input.wire },
      deployment: deployment.name,
    });
    const job = started.name;
    host.message({
      code: 'job-started',
      level: 'info',
      text: `job ${job} of deployment ${deployment.name}`,
      data: { job },
    });
    if (options.noWait === true)
      return {
        endpoint: name,
        job,
        status: 'Started',
        output: null,
        counts: null,
        accuracy: null,
        rows: [],
        deletedCompute: null,
      };
    let deletedCompute: string | null = null;
    try {
      await watchUntilEnd(aml, job, options);
    } finally {
      // Not while the job may still run on it.
      if (options.deleteCompute === true && options.signal?.aborted !== true)
        deletedCompute = await deleteCompute(aml, deployment, host, call);
    }
    const output = await fetchRows(aml, job, options.output ?? join('out', job), host, call);
    const sources = [...(before === undefined ? [] : [before.rows]), output];
    const summary = await summarizeRows({ output, sources, expected, maxRows, host, sent });
    return { endpoint: name, job, status: 'Completed', output, ...summary, deletedCompute };
  });
}

async function findTarget(aml: AzureMl, name: string, given: string | undefined, call: CallOptions) {
  const endpoint = await aml.batchEndpoints.get(name, call);
  if (endpoint === undefined)
    throw new AmlDeitError('ENDPOINT_NOT_FOUND', `there is no batch endpoint "${name}"`, {
      hint: 'make it: aml-deit deploy batch',
    });
  const wanted = given ?? endpoint.properties.defaults?.deploymentName ?? undefined;
  const deployment =
    wanted === undefined || wanted === '' ? undefined : await aml.batchDeployments.get(name, wanted, call);
  if (deployment === undefined)
    throw new AmlDeitError(
      'DEPLOYMENT_NOT_FOUND',
      wanted === undefined || wanted === ''
        ? `batch endpoint "${name}" has no default deployment`
        : `batch endpoint "${name}" has no deployment "${wanted}"`,
      { hint: 'name one with --deployment, or run aml-deit deploy batch' },
    );
  return { endpoint, deployment };
}

/** Before a job is started whose rows could not be put there. */
async function refuseFilled(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw new AmlDeitError(
      'OUTPUT_NOT_WRITTEN',
      `${directory} cannot be written: ${systemErrorCode(error)}`,
      {
        cause: error,
      },
    );
  });
  if (names.length > 0)
    throw new AmlDeitError('OUTPUT_EXISTS', `${directory} is already there and holds other files`, {
      hint: 'name a new or empty folder',
    });
}

async function freshOutput(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  return resolve(directory);
}

async function fetchRows(
  aml: AzureMl,
  job: string,
  directory: string,
  host: Host,
  call: CallOptions,
): Promise<string> {
  const address = await findPredictions(aml, job, call);
  const fetched = await aml.downloadFolder(address, directory, {
    ...call,
    onProgress: ({ downloadedBytes, totalBytes }) =>
      host.progress({
        id: 'download',
        text: 'fetching the rows',
        state: 'running',
        current: downloadedBytes,
        total: totalBytes,
        unit: 'bytes',
      }),
  });
  host.progress({ id: 'download', text: `fetched the rows to ${directory}`, state: 'done' });
  return fetched.directory;
}

/** What an earlier job has of a local folder: its good rows, and the pictures that have none. */
async function earlierRows(aml: AzureMl, options: InvokeBatchOptions, host: Host, call: CallOptions) {
  const job = options.resumeJob ?? '';
  if (/^azureml:|^https?:/i.test(options.input))
    throw new AmlDeitError('USAGE', '--resume takes the local folder that the job was given as --input');
  await watchUntilEnd(aml, job, { ...options, logs: false }).catch((error: unknown) => {
    // That it did not complete is why somebody resumes it.
    if (error instanceof AmlDeitError && ['JOB_FAILED', 'JOB_CANCELED'].includes(error.code)) return;
    throw error;
  });
  const scratch = await mkdtemp(join(tmpdir(), 'aml-deit-resume-'));
  const rows: PredictedRow[] = [];
  try {
    const directory = await fetchRows(aml, job, join(scratch, 'rows'), host, call).catch((error: unknown) => {
      const codes = ['ASSET_NOT_FOUND', 'AZURE_NOT_FOUND'];
      if (error instanceof AmlDeitError && codes.includes(error.code)) return undefined;
      throw error;
    });
    if (directory !== undefined)
      for await (const row of readPredictions(directory)) if (row.error === undefined) rows.push(row);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const paths = picturePaths(await readFolderContent(resolve(options.input), call.signal));
  const pathOf = joinNames(paths);
  const good = new Set(rows.map(({ id }) => pathOf(id)));
  const missing = paths.filter((path) => !good.has(path));
  host.message({
    code: 'batch-resumed',
    level: 'info',
    text: `job ${job} has ${paths.length - missing.length} of ${paths.length} pictures; ${missing.length} are scored`,
  });
  return {
    // What is no longer in the folder is no part of this run.
    rows: rows.flatMap((row) => {
      const path = pathOf(row.id);
      return path === undefined ? [] : [{ ...row, id: path }];
    }),
    missing: new Set(missing),
  };
}

/** What a folder has that is scored. */
function picturePaths({ files }: FolderContent): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) => {
      const names = path.split('/');
      const isHidden = names.some((name) => name.startsWith('.'));
      return !isHidden && otherThanPicture(Buffer.from(names.at(-1) ?? '')) === undefined;
    });
}

/** The name of the cluster that is gone; null where the deployment has none. */
async function deleteCompute(
  aml: AzureMl,
  { properties }: BatchDeploymentResource,
  host: Host,
  call: CallOptions,
): Promise<string | null> {
  const given = properties.compute ?? properties.deploymentConfiguration?.settings?.['default_compute'];
  const name = typeof given === 'string' ? (given.split('/').at(-1) ?? '').replace(/^azureml:/, '') : '';
  if (name === '' || name.toLowerCase() === 'serverless') return null;
  const existed = await aml.computes.delete(name, call);
  host.message({ code: 'cluster-deleted', level: 'info', text: `cluster ${name} is deleted` });
  return existed ? name : null;
}
