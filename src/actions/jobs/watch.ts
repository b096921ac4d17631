import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { silentHost, sleep } from '../../io/index.ts';
import type { ActionContext, Host, HostProgress } from '../../io/index.ts';
import { followLog, mainLog } from './follow-log.ts';
import type { LogFollower } from './follow-log.ts';
import { jobFailure } from './job-failure.ts';
import { hasEnded, isActive } from './job-states.ts';
import { flattenTree, readJobTree } from './job-tree.ts';
import type { JobRun } from './job-tree.ts';

export interface WatchSettings extends ActionContext {
  /** Between two looks. Default 5 s in Azure, 0.5 s on the twin. */
  readonly watchIntervalMs?: number;
  /** How long the service may not answer before watching ends; the job goes on. Default 10 minutes. */
  readonly maxUnreachableMs?: number;
  /** Past it watching ends with OPERATION_TIMED_OUT (exit code 5); the job goes on. No limit by default. */
  readonly timeoutMs?: number;
  /** Lines of the running steps' logs. Default true. */
  readonly logs?: boolean;
  /**
   * When the signal fires: `ask` asks the host whether to cancel the job, and leaves it where nobody can be asked.
   * Default `ask`.
   */
  readonly onInterrupt?: 'ask' | 'detach' | 'cancel';
  /** The job's runs after each look. */
  readonly onTree?: (tree: JobRun) => void;
}

/** Metrics that say most about a run that is under way, in this order. */
const shownMetrics = [
  'epoch',
  'loss',
  'eval_loss',
  'eval_accuracy',
  'eval_iou_micro',
  'accuracy',
  'f1_score_macro',
  'iou',
  'pictures',
  'errors',
  'pictures_per_second',
];
const maxShownMetrics = 4;

function formatMetric(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

/** Sums of what the processes of a batch job log each for itself: `rank_0/pictures`, `rank_1/pictures`. */
function sharedMetrics({ metrics }: JobRun): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, value] of Object.entries(metrics)) {
    const [, what] = /^rank_\d+\/(pictures|errors|pictures_per_second)$/.exec(name) ?? [];
    if (what !== undefined) sums[what] = (sums[what] ?? 0) + (value ?? 0);
  }
  return sums;
}

function describeRun(run: JobRun, depth: number): string {
  const all = { ...run.metrics, ...sharedMetrics(run) };
  const known = shownMetrics.filter((name) => all[name] !== undefined && all[name] !== null);
  const metrics = known
    .slice(0, maxShownMetrics)
    .map((name) => `${name} ${formatMetric(all[name] ?? 0)}`)
    .join(', ');
  return `${'  '.repeat(depth)}${run.name} ${run.status}${metrics === '' ? '' : ` (${metrics})`}`;
}

const progressState = (status: string): HostProgress['state'] => {
  if (!hasEnded(status)) return 'running';
  if (status === 'Completed') return 'done';
  return status === 'Canceled' ? 'skipped' : 'failed';
};

function isTransient(error: unknown): error is AmlDeitError {
  if (!(error instanceof AmlDeitError)) return false;
  if (error.code === 'AZURE_UNREACHABLE') return true;
  const status = (error.details?.['azure'] as { readonly status?: number } | undefined)?.status ?? 0;
  return error.code === 'AZURE_REQUEST_FAILED' && (status >= 500 || status === 429 || status === 408);
}

/** Tells the host of a tree: a line a run, and nothing of what it was told before. */
function treeReporter(host: Host): (tree: JobRun) => void {
  const ended = new Set<string>();
  return (tree) => {
    for (const { run, depth } of flattenTree(tree)) {
      if (ended.has(run.runId)) continue;
      if (hasEnded(run.status)) {
        // Of a pipeline that has ended the steps come first.
        if (run === tree) continue;
        ended.add(run.runId);
      }
      host.progress({
        id: `run-${run.runId}`,
        text: describeRun(run, depth),
        state: progressState(run.status),
      });
    }
    if (hasEnded(tree.status) && !ended.has(tree.runId)) {
      ended.add(tree.runId);
      host.progress({
        id: `run-${tree.runId}`,
        text: describeRun(tree, 0),
        state: progressState(tree.status),
      });
    }
  };
}

/** New lines of the logs of the steps that run, and the rest of those that have just ended. */
function logReporter(aml: AzureMl, host: Host): (tree: JobRun, call: CallOptions) => Promise<void> {
  const followers = new Map<string, LogFollower>();
  const done = new Set<string>();
  let isFirstLook = true;
  return async (tree, call) => {
    for (const { run } of flattenTree(tree)) {
      const final = hasEnded(run.status);
      if (run.steps.length > 0 || done.has(run.runId)) continue;
      if (final && !followers.has(run.runId) && isFirstLook) done.add(run.runId);
      if (!final && !isActive(run.status)) continue;
      if (done.has(run.runId)) continue;
      const { logFiles } = await aml.runs.details(run.runId, call);
      const url = logFiles?.[mainLog(logFiles) ?? ''];
      if (final) done.add(run.runId);
      if (url === undefined) continue;
      const follower = followers.get(run.runId) ?? followLog(aml, { fromTail: isFirstLook });
      followers.set(run.runId, follower);
      for (const line of await follower.next(url, { ...call, final }))
        host.message({
          code: 'job-log',
          level: 'info',
          text: `  ${run.name} | ${line}`,
          data: { runId: run.runId, line },
        });
    }
    isFirstLook = false;
  };
}

/**
 * Watches a job until it has ended, whoever started it: a live line for it and each of its steps, with epoch and
 * metrics, and the log of what runs. Survives that the service does not answer for a while. Resolves with the tree of a
 * job that completed; throws JOB_FAILED with the failing step's own error, JOB_CANCELED, JOB_NOT_FOUND,
 * OPERATION_TIMED_OUT, or INTERRUPTED: then `details.canceled` says whether the job was asked to end.
 */
export async function watchUntilEnd(aml: AzureMl, name: string, settings: WatchSettings): Promise<JobRun> {
  const host = settings.host ?? silentHost;
  const { signal } = settings;
  const call: CallOptions = signal === undefined ? {} : { signal };
  const intervalMs = settings.watchIntervalMs ?? (aml.kind === 'local' ? 500 : 5000);
  const maxUnreachableMs = settings.maxUnreachableMs ?? 600_000;
  const begun = performance.now();
  const reportTree = treeReporter(host);
  const reportLogs = logReporter(aml, host);
  const endedMetrics = new Map<string, Readonly<Record<string, number>>>();
  let silentSince: number | undefined;
  try {
    for (;;) {
      try {
        const tree = await readJobTree(aml, name, { ...call, endedMetrics });
        if (tree === undefined) throw new AmlDeitError('JOB_NOT_FOUND', `there is no job "${name}"`);
        if (settings.logs !== false) await reportLogs(tree, call);
        reportTree(tree);
        settings.onTree?.(tree);
        if (silentSince !== undefined) {
          silentSince = undefined;
          host.progress({ id: 'watch', text: 'the service answers again', state: 'done' });
        }
        if (tree.status === 'Completed') return tree;
        if (hasEnded(tree.status)) throw await jobFailure(aml, tree, call);
      } catch (error) {
        if (!isTransient(error)) throw error;
        silentSince ??= performance.now();
        if (performance.now() - silentSince > maxUnreachableMs) throw leftAlone(error, name);
        host.progress({
          id: 'watch',
          text: `the service does not answer, the job goes on: ${errorMessage(error)}`,
          state: 'running',
        });
      }
      if (settings.timeoutMs !== undefined && performance.now() - begun > settings.timeoutMs)
        throw new AmlDeitError(
          'OPERATION_TIMED_OUT',
          `job "${name}" has not ended within ${settings.timeoutMs / 1000} s; it goes on`,
          { hint: `watch it again: aml-deit job watch ${name}`, details: { job: name } },
        );
      await sleep(intervalMs, signal);
    }
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'INTERRUPTED')
      throw await interruptedWatch(aml, name, host, settings.onInterrupt ?? 'ask');
    throw error;
  }
}

function leftAlone(error: AmlDeitError, name: string): AmlDeitError {
  return new AmlDeitError(error.code, error.message, {
    hint: `the job goes on; watch it again: aml-deit job watch ${name}`,
    details: { ...error.details, job: name },
    cause: error,
  });
}

/** Whoever stops watching decides about the job as well. */
async function interruptedWatch(
  aml: AzureMl,
  name: string,
  host: Host,
  onInterrupt: NonNullable<WatchSettings['onInterrupt']>,
): Promise<AmlDeitError> {
  const cancel =
    onInterrupt === 'cancel' ||
    (onInterrupt === 'ask' &&
      (await host
        .confirm({
          code: 'cancel-job',
          text: `cancel job "${name}"? (no: it goes on without you)`,
          defaultAnswer: false,
        })
        // Ctrl-C at the question, too, is for us and not for the job.
        .catch(() => false)));
  if (!cancel)
    return new AmlDeitError('INTERRUPTED', `left job "${name}", which goes on`, {
      hint: `watch it again: aml-deit job watch ${name}`,
      details: { job: name, canceled: false },
    });
  await aml.jobs.cancel(name);
  return new AmlDeitError('INTERRUPTED', `job "${name}" was asked to end`, {
    hint: `see how it ended: aml-deit job show ${name}`,
    details: { job: name, canceled: true },
  });
}
