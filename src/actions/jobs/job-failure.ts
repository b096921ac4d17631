import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { logTail, mainLog } from './follow-log.ts';
import { flattenTree } from './job-tree.ts';
import type { JobRun } from './job-tree.ts';

const quotedLines = 30;

/** The run that failed by itself: the first failed one that has no failed step below it. */
function culprit(tree: JobRun): JobRun {
  const failed = [...flattenTree(tree)].map(({ run }) => run).filter(({ status }) => status === 'Failed');
  return failed.find((run) => !run.steps.some(({ status }) => status === 'Failed')) ?? failed.at(-1) ?? tree;
}

/** Why a job did not complete: the failing step's own error first, and the end of its log. */
export async function jobFailure(aml: AzureMl, tree: JobRun, call: CallOptions): Promise<AmlDeitError> {
  if (tree.status === 'Canceled')
    return new AmlDeitError('JOB_CANCELED', `job "${tree.runId}" was canceled`, { details: { job: tree } });
  const run = culprit(tree);
  const where = run === tree ? `job "${tree.runId}"` : `step "${run.name}" of job "${tree.runId}"`;
  const said = run.error?.message ?? `it ended as ${run.status}, and the service does not say why`;
  const lines = await endOfLog(aml, run.runId, call);
  return new AmlDeitError('JOB_FAILED', `${where} failed: ${said}`, {
    hint: `everything it wrote: aml-deit job download ${tree.runId} --logs`,
    details: {
      job: tree,
      step: run.name,
      runId: run.runId,
      ...(run.error === null ? {} : { error: run.error }),
      ...(lines === undefined ? {} : { logs: [{ container: run.name, lines }] }),
    },
  });
}

async function endOfLog(
  aml: AzureMl,
  runId: string,
  call: CallOptions,
): Promise<readonly string[] | undefined> {
  try {
    const { logFiles } = await aml.runs.details(runId, call);
    const url = logFiles?.[mainLog(logFiles) ?? ''];
    return url === undefined ? undefined : await logTail(aml, url, quotedLines, call);
  } catch {
    // The error that is known already matters more than a log that cannot be had.
    return undefined;
  }
}
