import { join } from 'node:path';
import type { AzureMl, CallOptions } from '../azure/index.ts';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { silentHost, throwIfAborted } from '../io/index.ts';
import type { Host } from '../io/index.ts';
import { readProjectFile } from '../io/project-file.ts';
import { afterCompletion, afterWatching } from './batch/after-start.ts';
import { batchInput } from './batch/component-specs.ts';
import { isPictureFolder, prepareBatchInput } from './batch/batch-input.ts';
import type { BatchInputType } from './batch/batch-input.ts';
import { earlierRows, hasRowOfEach } from './batch/earlier-rows.ts';
import { expectedLabels } from './batch/expected-labels.ts';
import { fetchRows } from './batch/fetch-rows.ts';
import type { PredictedRow } from './batch/read-predictions.ts';
import { removeCluster } from './batch/remove-cluster.ts';
import { requireRowsOutput } from './batch/rows-output.ts';
import { summarizeRows } from './batch/summarize-rows.ts';
import type { InvokedRow } from './batch/summarize-rows.ts';
import { countUnkeptRows, keepsNoRows } from './batch/unkept-rows.ts';
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
  /**
   * Earlier jobs over the same local folder: what they have is kept, and only the rest is scored. Over another input: a
   * job that completed, whose rows are fetched.
   */
  readonly resumeJob?: string | readonly string[];
  /** Removes the deployment's cluster when the job has ended; not while it may still run. */
  readonly deleteCompute?: boolean;
  /** Rows that the result holds; 1,000 by default. The files have all. */
  readonly maxRows?: number;
}

export interface InvokeBatchResult {
  readonly endpoint: string;
  /** null: everything was there, and no job was needed. */
  readonly job: string | null;
  readonly status: 'Started' | 'Completed';
  /** null without waiting, and of a deployment that keeps no rows. */
  readonly output: string | null;
  /** null without waiting; of a deployment that keeps no rows what its job counted, or null. */
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
 * Throws ENDPOINT_NOT_FOUND, DEPLOYMENT_NOT_FOUND, USAGE, FILE_NOT_FOUND, FILE_UNREADABLE, INPUT_EMPTY, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN,
 * JOB_FAILED, JOB_CANCELED, AZURE_NOT_FOUND, AZURE_UNREACHABLE, INTERRUPTED. After the job was started `details.job` names
 * it, and the hint says how its rows are had; it goes on unless it was asked to end.
 */
export async function invokeBatch(options: InvokeBatchOptions): Promise<InvokeBatchResult> {
  const host = options.host ?? silentHost;
  const name = options.endpoint ?? readProjectFile(options.cwd ?? process.cwd())?.batchEndpoint;
  if (name === undefined)
    throw new AmlDeitError('USAGE', 'no batch endpoint is named', {
      hint: 'say --endpoint NAME, or put batch_endpoint into aml-deit.yml',
    });
  checkOptions(options);
  const maxRows = options.maxRows ?? defaultMaxRows;
  const resumed = typeof options.resumeJob === 'string' ? [options.resumeJob] : (options.resumeJob ?? []);
  const isFolder = await isPictureFolder(options.input);
  const requireOutput = async (): Promise<void> => {
    if (options.noWait !== true) await requireRowsOutput(options.output ?? join('out', 'job'));
  };
  // Where the rows of earlier jobs are all that is wanted, they may be there already.
  if (resumed.length === 0) await requireOutput();
  const expected = options.labels === undefined ? undefined : await expectedLabels(options.labels);
  return withConnection(options, async (aml, call) => {
    const { endpoint, deployment } = await findTarget(aml, name, options.deployment, call);
    const isUnkept = keepsNoRows(deployment);
    if (isUnkept && (resumed.length > 0 || expected !== undefined))
      throw new AmlDeitError(
        'USAGE',
        `the deployment ${deployment.name} keeps no rows (output_action: summary_only): there is nothing for --${expected === undefined ? 'resume' : 'labels'}`,
        { hint: 'leave it out, or name another deployment' },
      );
    const before =
      resumed.length === 0
        ? undefined
        : await earlierRows(aml, { ...options, host, jobs: resumed, isFolder }, call).catch(
            (error: unknown) => {
              throw afterWatching(error, resumed, isFolder);
            },
          );
    if (before !== undefined) await tellOfOthers(aml, resumed, deployment.name, host, call);
    const last = resumed.at(-1);
    const withoutJob = async (
      { rows, job: of }: { readonly rows: readonly PredictedRow[]; readonly job: string },
      unread: readonly PredictedRow[],
    ): Promise<InvokeBatchResult> => {
      const output = await fetchRows(aml, of, options.output ?? join('out', of), host, call);
      const summary = await summarizeRows({ output, sources: [rows], unread, expected, maxRows, host });
      const deletedCompute =
        options.deleteCompute === true ? await removeCluster(aml, deployment, host, call) : null;
      return { endpoint: name, job: null, status: 'Completed', output, ...summary, deletedCompute };
    };
    const known = before === undefined || last === undefined ? undefined : { rows: before.rows, job: last };
    if (known !== undefined && before?.missing.size === 0) return withoutJob(known, []);
    if (before !== undefined) await requireOutput();
    const isPipeline = deployment.properties.deploymentConfiguration?.componentId !== undefined;
    const input = await prepareBatchInput(
      aml,
      {
        input: options.input,
        tableType: isPipeline ? 'uri_folder' : 'mltable',
        ...(options.inputType === undefined ? {} : { type: options.inputType }),
        ...(before === undefined ? {} : { only: before.missing }),
      },
      host,
      call,
    );
    throwIfAborted(options.signal);
    const { wire, unsent: unread = [] } = input;
    if (wire === undefined) {
      if (known !== undefined) return withoutJob(known, unread);
      const [first] = unread;
      throw new AmlDeitError('INPUT_EMPTY', `no picture of ${options.input} can be read`, {
        details: { first: first?.error },
      });
    }
    // Not to be interrupted: a job that is started and not known of could be neither watched nor canceled.
    const started = await aml.batchEndpoints.invoke(endpoint, {
      inputs: { [isPipeline ? batchInput : 'data']: wire },
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
    const jobs = [...resumed, job];
    const cluster = async () =>
      options.deleteCompute === true ? await removeCluster(aml, deployment, host, call) : null;
    const tree = await watchUntilEnd(aml, job, options).catch(async (error: unknown) => {
      if (before !== undefined && hasFailed(error) && input.sent !== undefined) {
        const { sent } = input;
        if (await hasRowOfEach(aml, { job, sent, host }, call).catch(() => false)) {
          host.message({ code: 'job-failed', level: 'warning', text: firstLine(error) });
          return undefined;
        }
      }
      if (hasEndedBadly(error)) await cluster().catch((left: unknown) => reportLeft(host, left));
      throw afterWatching(error, jobs, isFolder);
    });
    if (isUnkept && tree !== undefined) {
      const counts = countUnkeptRows(tree, deployment.name, host);
      const nothing = { output: null, accuracy: null, rows: [] };
      return {
        endpoint: name,
        job,
        status: 'Completed',
        ...nothing,
        counts,
        deletedCompute: await cluster(),
      };
    }
    try {
      const output = await fetchRows(aml, job, options.output ?? join('out', job), host, call);
      const sources = [...(before === undefined ? [] : [before.rows]), output];
      const { sent, tableRows } = input;
      const summary = await summarizeRows({
        output,
        sources,
        expected,
        maxRows,
        host,
        sent,
        tableRows,
        unread,
      });
      const deletedCompute = await cluster();
      return { endpoint: name, job, status: 'Completed', output, ...summary, deletedCompute };
    } catch (error) {
      throw afterCompletion(error, jobs);
    }
  });
}

/** Throws USAGE. An empty name, as of a variable that is not set, would be the current folder. */
function checkOptions({ input, output, labels, noWait, deleteCompute }: InvokeBatchOptions): void {
  for (const [flag, value] of Object.entries({ input, output, labels }))
    if (value === '') throw new AmlDeitError('USAGE', `--${flag} is empty`);
  if (noWait === true && deleteCompute === true)
    throw new AmlDeitError('USAGE', '--delete-compute waits for the end of the job, and --no-wait does not', {
      hint: 'leave one of them out',
    });
}

/** Rows of another model beside this one's are no result of one run. */
async function tellOfOthers(
  aml: AzureMl,
  jobs: readonly string[],
  deployment: string,
  host: Host,
  call: CallOptions,
): Promise<void> {
  for (const job of jobs) {
    const of = (await aml.runs.get(job, call))?.tags?.['azureml.deploymentname'] ?? '';
    if (of !== '' && of.toLowerCase() !== deployment.toLowerCase())
      host.message({
        code: 'other-deployment',
        level: 'warning',
        text: `the rows of ${job} are of the deployment ${of}, and the others will be of ${deployment}`,
      });
  }
}

/** Anything else may leave the job running. */
const hasEndedBadly = (error: unknown): boolean =>
  error instanceof AmlDeitError && (error.code === 'JOB_FAILED' || error.code === 'JOB_CANCELED');

const hasFailed = (error: unknown): boolean => error instanceof AmlDeitError && error.code === 'JOB_FAILED';

const firstLine = (error: unknown): string =>
  `${errorMessage(error).split('\n')[0]}; it has a row of every picture that it was given`;

function reportLeft(host: Host, error: unknown): void {
  host.message({
    code: 'cluster-left',
    level: 'warning',
    text: `the cluster is left: ${errorMessage(error)}`,
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
