import { AmlDeitError } from '../../errors/index.ts';

/** `--resume JOB` of each, as the command takes it. */
const resumeFlags = (jobs: readonly string[]): string => jobs.map((job) => `--resume ${job}`).join(' ');

/**
 * What stopped watching a job, with the way to its rows: the same command as it was would start another job.
 * `jobs`: those that were resumed, and the one that was watched. `isFolder`: it is known what such a job lacks.
 */
export function afterWatching(error: unknown, jobs: readonly string[], isFolder: boolean): unknown {
  if (!(error instanceof AmlDeitError) || error.code === 'JOB_NOT_FOUND') return error;
  const isOver =
    error.code === 'JOB_FAILED' || error.code === 'JOB_CANCELED' || error.details?.['canceled'] === true;
  if (isOver && !isFolder) return error;
  const what = isOver ? 'score what it lacks' : 'then fetch its rows';
  return withHint(error, [error.hint, `${what}: the same command with ${resumeFlags(jobs)}`], jobs);
}

/** What stopped fetching the rows of a job that is over. */
export function afterCompletion(error: unknown, jobs: readonly string[]): unknown {
  if (!(error instanceof AmlDeitError)) return error;
  const own = error.code === 'OUTPUT_EXISTS' ? error.hint : undefined;
  return withHint(
    error,
    [own, `job ${jobs.at(-1)} is complete; fetch its rows: the same command with ${resumeFlags(jobs)}`],
    jobs,
  );
}

function withHint(
  error: AmlDeitError,
  hints: readonly (string | undefined)[],
  jobs: readonly string[],
): AmlDeitError {
  // Of a job that has ended badly the error has all its runs there.
  const { job, ...details } = error.details ?? {};
  return new AmlDeitError(error.code, error.message, {
    hint: hints.filter((hint) => hint !== undefined).join('; '),
    details: { ...details, ...(typeof job === 'object' ? { tree: job } : {}), job: jobs.at(-1) },
    cause: error,
  });
}
