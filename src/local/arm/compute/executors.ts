import type { TwinServices } from '../../services.ts';
import type { OperationExecutor } from '../operation-runner.ts';

/** The work behind the operations on compute: there are no machines, so there is little to do. */
export function computeExecutors({ tables }: Pick<TwinServices, 'tables'>) {
  const nameOf = (target: string): string => target.slice('computes/'.length);
  return {
    'compute.put': ({ target }) => {
      const known = tables.computes.get('', nameOf(target));
      if (known !== undefined)
        tables.computes.put('', known.name, { ...known.body, provisioningState: 'Succeeded' });
      return Promise.resolve();
    },
    'compute.delete': ({ target }) => {
      tables.computes.delete('', nameOf(target));
      return Promise.resolve();
    },
  } as const satisfies Record<string, OperationExecutor>;
}
