import type { ActionContext } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import { summarizeJob } from './jobs/job-summary.ts';
import type { JobSummary } from './jobs/job-summary.ts';
import { withConnection } from './with-connection.ts';

export interface ListJobsOptions extends ConnectOptions, ActionContext {
  /** The newest so many. Default 50. */
  readonly max?: number;
  readonly archived?: 'exclude' | 'include' | 'only';
  /** Only jobs of this experiment, in this state: both compared without case, among the newest `max`. */
  readonly experiment?: string;
  readonly status?: string;
}

const same = (one: string | null, other: string): boolean => one?.toLowerCase() === other.toLowerCase();

/** The jobs of the workspace, newest first. Steps of pipelines are not among them. */
export function listJobs(options: ListJobsOptions): Promise<{ readonly jobs: readonly JobSummary[] }> {
  return withConnection(options, async (aml, call) => {
    const jobs = await aml.jobs.list({
      ...call,
      max: options.max ?? 50,
      ...(options.archived === undefined ? {} : { archived: options.archived }),
    });
    return {
      jobs: jobs
        .map(summarizeJob)
        .filter(
          ({ experiment, status }) =>
            (options.experiment === undefined || same(experiment, options.experiment)) &&
            (options.status === undefined || same(status, options.status)),
        ),
    };
  });
}
