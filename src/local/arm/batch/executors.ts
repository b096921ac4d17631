import { resourceKey } from '../../services.ts';
import type { TwinServices } from '../../services.ts';
import type { OperationExecutor } from '../operation-runner.ts';

/** The work behind the operations on batch endpoints: there is nothing to start before a job is asked for. */
export function batchExecutors({ tables }: Pick<TwinServices, 'tables'>) {
  const namesOf = (target: string): readonly [endpoint: string, deployment: string] => {
    const [, endpoint = '', deployment = ''] = target.split('/');
    return [endpoint, deployment];
  };
  const clearDefault = (endpoint: string, deployment: string): void => {
    const known = tables.batchEndpoints.get('', endpoint);
    if (known === undefined || resourceKey(known.body.defaultDeployment ?? '') !== deployment) return;
    tables.batchEndpoints.put('', endpoint, { ...known.body, defaultDeployment: null });
  };
  return {
    'batchEndpoint.put': ({ target }) => {
      const [name] = namesOf(target);
      const known = tables.batchEndpoints.get('', name);
      if (known !== undefined)
        tables.batchEndpoints.put('', name, {
          ...known.body,
          provisioningState: 'Succeeded',
          createdOnce: true,
        });
      return Promise.resolve();
    },
    'batchEndpoint.delete': ({ target }) => {
      const [name] = namesOf(target);
      for (const deployment of tables.batchDeployments.names(name))
        tables.batchDeployments.delete(name, deployment);
      tables.batchEndpoints.delete('', name);
      return Promise.resolve();
    },
    'batchDeployment.put': ({ target }) => {
      const [endpoint, name] = namesOf(target);
      const known = tables.batchDeployments.get(endpoint, name);
      if (known !== undefined)
        tables.batchDeployments.put(endpoint, name, { ...known.body, provisioningState: 'Succeeded' });
      return Promise.resolve();
    },
    'batchDeployment.delete': ({ target }) => {
      const [endpoint, name] = namesOf(target);
      clearDefault(endpoint, name);
      tables.batchDeployments.delete(endpoint, name);
      return Promise.resolve();
    },
  } as const satisfies Record<string, OperationExecutor>;
}
