import type { TwinServices } from '../../services.ts';
import type { OperationExecutor } from '../operation-runner.ts';

/** What the operations on jobs wait for. */
export function jobExecutors({ jobs }: Pick<TwinServices, 'jobs'>) {
  const nameOf = (target: string): string => target.replace(/^jobs\//, '');
  return {
    'job.cancel': async ({ target }, signal) => {
      await jobs.settled(nameOf(target), signal);
    },
    'job.delete': ({ target }) => jobs.remove(nameOf(target)),
  } as const satisfies Record<string, OperationExecutor>;
}
