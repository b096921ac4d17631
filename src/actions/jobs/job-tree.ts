import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { RunDocument } from '../../azure/wire/jobs.ts';
import { hasEnded, isActive } from './job-states.ts';

export interface JobError {
  readonly code: string;
  readonly message: string;
}

/** A job or a step of one, as run history has it. */
export interface JobRun {
  readonly runId: string;
  /** The name that people gave it; of a step its key in the pipeline. */
  readonly name: string;
  /** The service's own word: `Queued`, `Running`, `Completed`… */
  readonly status: string;
  /** ISO 8601; null before it has begun. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  /** The newest value of each metric that it logged. NaN is null, for JSON has none. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly error: JobError | null;
  readonly steps: readonly JobRun[];
}

export interface ReadTreeOptions extends CallOptions {
  /** Metrics of runs that have ended, kept from one look to the next: they do not change any more. */
  readonly endedMetrics?: Map<string, Readonly<Record<string, number>>>;
}

/** Steps within steps, at most: a service that answers in circles must not keep us. */
const maxDepth = 8;

/** Whether a run has steps of its own. A step that is a pipeline says so in its properties. */
function mayHaveSteps(run: RunDocument): boolean {
  return run.runType === 'azureml.PipelineRun' || run.properties?.['StepType'] === 'SubGraphCloudStep';
}

export function jobError(run: RunDocument): JobError | null {
  const error = run.error?.error;
  return error === null || error === undefined ? null : { code: error.code, message: error.message };
}

/** A job's runs, all of them, in the order in which they began. Undefined when there is no run of this id. */
export async function readJobTree(
  aml: AzureMl,
  runId: string,
  options: ReadTreeOptions = {},
): Promise<JobRun | undefined> {
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const root = await aml.runs.get(runId, call);
  if (root === undefined) return undefined;

  const readMetrics = async (run: RunDocument): Promise<Readonly<Record<string, number>>> => {
    if (!hasEnded(run.status) && !isActive(run.status)) return {};
    const known = options.endedMetrics?.get(run.runId);
    if (known !== undefined) return known;
    const { metrics } = await aml.runs.metrics(run.runId, call);
    if (hasEnded(run.status)) options.endedMetrics?.set(run.runId, metrics);
    return metrics;
  };
  const read = async (run: RunDocument, depth: number): Promise<JobRun> => {
    const children = depth < maxDepth && mayHaveSteps(run) ? await aml.runs.children(run.runId, call) : [];
    const metrics = await readMetrics(run);
    const steps = [];
    for (const child of inOrder(children)) steps.push(await read(child, depth + 1));
    return summarizeRun(run, metrics, steps);
  };
  return await read(root, 0);
}

function inOrder(runs: readonly RunDocument[]): readonly RunDocument[] {
  const key = (run: RunDocument): string => run.startTimeUtc ?? `9 ${run.createdUtc ?? ''}`;
  return runs.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0));
}

function summarizeRun(
  run: RunDocument,
  metrics: Readonly<Record<string, number>>,
  steps: readonly JobRun[],
): JobRun {
  const startedAt = run.startTimeUtc ?? null;
  const endedAt = run.endTimeUtc ?? null;
  return {
    runId: run.runId,
    name: run.properties?.['azureml.nodename'] ?? run.displayName ?? run.runId,
    status: run.status,
    startedAt,
    endedAt,
    durationMs: startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
    ),
    error: jobError(run),
    steps,
  };
}

/** A tree's runs, each before its steps. */
export function* flattenTree(
  run: JobRun,
  depth = 0,
): Generator<{ readonly run: JobRun; readonly depth: number }> {
  yield { run, depth };
  for (const step of run.steps) yield* flattenTree(step, depth + 1);
}
