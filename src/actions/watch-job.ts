import type { ConnectOptions } from './connect.ts';
import type { JobRun } from './jobs/job-tree.ts';
import { watchUntilEnd } from './jobs/watch.ts';
import type { WatchSettings } from './jobs/watch.ts';
import { withConnection } from './with-connection.ts';

export interface WatchJobOptions extends ConnectOptions, WatchSettings {
  readonly job: string;
}

/**
 * Watches a job until it has ended, whoever started it and whenever: state of each step, metrics, log lines go to the
 * host. Throws JOB_NOT_FOUND, JOB_FAILED, JOB_CANCELED, OPERATION_TIMED_OUT, INTERRUPTED; the job goes on whenever
 * watching ends, unless it was asked to end.
 */
export function watchJob(options: WatchJobOptions): Promise<{ readonly job: JobRun }> {
  return withConnection(options, async (aml) => ({ job: await watchUntilEnd(aml, options.job, options) }));
}
