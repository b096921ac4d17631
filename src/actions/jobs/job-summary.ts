import type { JobResource } from '../../azure/wire/jobs.ts';

/** A job in a list. */
export interface JobSummary {
  readonly name: string;
  readonly displayName: string | null;
  /** `Command`, `Pipeline`… */
  readonly type: string | null;
  readonly status: string | null;
  readonly experiment: string | null;
  /** ISO 8601. */
  readonly createdAt: string | null;
  readonly archived: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export function summarizeJob(job: JobResource): JobSummary {
  const properties = job.properties ?? undefined;
  return {
    name: job.name,
    displayName: properties?.displayName ?? null,
    type: properties?.jobType ?? null,
    status: properties?.status ?? null,
    experiment: properties?.experimentName ?? null,
    createdAt: job.systemData?.createdAt ?? null,
    archived: properties?.isArchived ?? false,
    tags: properties?.tags ?? {},
  };
}
