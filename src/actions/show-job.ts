import type { AzureMl, CallOptions } from '../azure/index.ts';
import type { JobResource } from '../azure/wire/jobs.ts';
import { AmlDeitError } from '../errors/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { summarizeJob } from './jobs/job-summary.ts';
import type { JobSummary } from './jobs/job-summary.ts';
import { readJobTree } from './jobs/job-tree.ts';
import type { JobRun } from './jobs/job-tree.ts';
import { withConnection } from './with-connection.ts';

export interface ShowJobOptions extends ConnectOptions, ActionContext {
  /** A job's name, or the run id of a step. */
  readonly job: string;
}

export interface JobInput {
  /** A literal as text, or the address of data. */
  readonly value: string | null;
  readonly type: string;
}

export interface JobOutput {
  readonly type: string | null;
  /** Where it is; null while there is nothing, or where the service does not say. */
  readonly uri: string | null;
  readonly assetId: string | null;
}

export interface JobDetails {
  /** The job itself; of a step the job that it is a step of. */
  readonly job: JobSummary;
  readonly description: string | null;
  readonly run: JobRun;
  readonly parameters: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, JobInput>>;
  readonly outputs: Readonly<Record<string, JobOutput>>;
  /** Names of the logs of this run itself; its steps have their own. */
  readonly logs: readonly string[];
  readonly studioUrl: string | null;
}

/** Everything about one job or step: state, steps, metrics, inputs, outputs, names of logs. Throws JOB_NOT_FOUND. */
export function showJob(options: ShowJobOptions): Promise<JobDetails> {
  return withConnection(options, (aml, call) => describeJob(aml, options.job, call));
}

export async function describeJob(aml: AzureMl, name: string, call: CallOptions): Promise<JobDetails> {
  const document = await aml.runs.get(name, call);
  const run = await readJobTree(aml, name, call);
  if (document === undefined || run === undefined)
    throw new AmlDeitError('JOB_NOT_FOUND', `there is no job "${name}"`, {
      hint: 'aml-deit job list shows the jobs of the workspace',
    });
  const job = await jobOf(aml, document.rootRunId ?? name, call);
  const isStep = (document.rootRunId ?? name) !== name;
  const details = await aml.runs.details(name, call);
  const { parameters } = await aml.runs.metrics(name, call);
  return {
    job: summarizeJob(job),
    description: isStep ? null : (job.properties?.description ?? null),
    run,
    parameters,
    inputs: inputsOf(isStep ? undefined : job, document.inputs),
    outputs: await outputsOf(aml, document.outputs, call),
    logs: Object.keys(details.logFiles ?? {}).toSorted(),
    studioUrl: job.properties?.services?.['Studio']?.endpoint ?? null,
  };
}

async function jobOf(aml: AzureMl, name: string, call: CallOptions): Promise<JobResource> {
  const job = await aml.jobs.get(name, call);
  // A run of MLflow's own is in run history, and no job.
  if (job === undefined) throw new AmlDeitError('JOB_NOT_FOUND', `run "${name}" is not of a job`);
  return job;
}

function inputsOf(
  job: JobResource | undefined,
  references:
    | Readonly<Record<string, { readonly type?: string | null; readonly assetId?: string | null }>>
    | null
    | undefined,
): Readonly<Record<string, JobInput>> {
  const declared = Object.entries(job?.properties?.inputs ?? {}).map(([name, input]): [string, JobInput] => [
    name,
    { type: input.jobInputType, value: input.value ?? input.uri ?? null },
  ]);
  const read = Object.entries(references ?? {}).map(([name, input]): [string, JobInput] => [
    name,
    { type: input.type ?? 'uri_folder', value: input.assetId ?? null },
  ]);
  return Object.fromEntries([...read, ...declared]);
}

async function outputsOf(
  aml: AzureMl,
  references:
    | Readonly<Record<string, { readonly type?: string | null; readonly assetId?: string | null }>>
    | null
    | undefined,
  call: CallOptions,
): Promise<Readonly<Record<string, JobOutput>>> {
  const outputs: Record<string, JobOutput> = {};
  for (const [name, { type, assetId }] of Object.entries(references ?? {})) {
    const uri =
      assetId === null || assetId === undefined ? undefined : await aml.runs.resolveAsset(assetId, call);
    outputs[name] = { type: type ?? null, uri: uri ?? null, assetId: assetId ?? null };
  }
  return outputs;
}
