import { AmlDeitError } from '../errors/index.ts';
import type { ActionContext } from '../io/index.ts';
import { sleep } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { hasEnded } from './jobs/job-states.ts';
import { withConnection } from './with-connection.ts';

export interface CancelJobOptions extends ConnectOptions, ActionContext {
  readonly job: string;
  /** Waits until it has ended. Default true. */
  readonly wait?: boolean;
  readonly watchIntervalMs?: number;
}

export interface CancelJobResult {
  readonly job: string;
  /** False: it had ended already. */
  readonly canceled: boolean;
  readonly status: string;
}

/** Asks a job to end, all of its steps with it. Running it again is no error. Throws JOB_NOT_FOUND. */
export function cancelJob(options: CancelJobOptions): Promise<CancelJobResult> {
  return withConnection(options, async (aml, call) => {
    const job = await aml.jobs.get(options.job, call);
    if (job === undefined)
      throw new AmlDeitError('JOB_NOT_FOUND', `there is no job "${options.job}"`, {
        hint: 'aml-deit job list shows the jobs of the workspace',
      });
    if (job.properties === undefined || job.properties === null)
      throw new AmlDeitError('JOB_NOT_FOUND', `"${options.job}" is a step of a pipeline, and no job`, {
        hint: 'steps end with their job: cancel that',
      });
    const status = job.properties.status ?? '';
    if (hasEnded(status)) return { job: options.job, canceled: false, status };
    const answer = await aml.jobs.cancel(options.job, call);
    const intervalMs = options.watchIntervalMs ?? (aml.kind === 'local' ? 250 : 5000);
    for (;;) {
      const now = (await aml.jobs.get(options.job, call))?.properties?.status ?? status;
      if (options.wait === false || hasEnded(now))
        return { job: options.job, canceled: answer === 'requested' && now !== 'Completed', status: now };
      await sleep(intervalMs, options.signal);
    }
  });
}
