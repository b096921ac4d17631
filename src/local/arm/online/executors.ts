import type { TwinServices } from '../../services.ts';
import type { OperationExecutor } from '../operation-runner.ts';
import type { OnlineDeploymentRecord } from './records.ts';

function splitTarget(target: string): { readonly endpoint: string; readonly deployment: string } {
  const [endpoint = '', deployment = ''] = target.split('/');
  return { endpoint, deployment };
}

/** The work behind the operations on online endpoints. Each can be run again from its start, and is, after a crash. */
export function onlineExecutors(services: Omit<TwinServices, 'operations'>) {
  const { tables, runtime } = services;

  const updateDeployment = (
    endpoint: string,
    deployment: string,
    change: (known: OnlineDeploymentRecord) => OnlineDeploymentRecord,
  ): void => {
    const known = tables.deployments.get(endpoint, deployment);
    if (known !== undefined) tables.deployments.put(endpoint, deployment, change(known.body));
  };

  const removeDeployment = async (endpoint: string, deployment: string): Promise<void> => {
    const known = tables.endpoints.get('', endpoint);
    if (known !== undefined) {
      const { [deployment]: _gone, ...traffic } = known.body.traffic;
      const { [deployment]: _mirrored, ...mirrorTraffic } = known.body.mirrorTraffic;
      tables.endpoints.put('', endpoint, { ...known.body, traffic, mirrorTraffic });
    }
    await runtime.remove(endpoint, deployment);
    tables.deployments.delete(endpoint, deployment);
  };

  return {
    'onlineEndpoint.put': ({ target }) => {
      const known = tables.endpoints.get('', target);
      if (known !== undefined)
        tables.endpoints.put('', target, {
          ...known.body,
          provisioningState: 'Succeeded',
          createdOnce: true,
        });
      return Promise.resolve();
    },
    'onlineEndpoint.regenerateKeys': () => Promise.resolve(),
    'onlineEndpoint.delete': async ({ target }) => {
      // The service deletes an endpoint's deployments with it.
      for (const deployment of tables.deployments.list(target))
        await removeDeployment(target, deployment.name);
      tables.endpoints.delete('', target);
    },
    'onlineDeployment.put': async ({ target }, signal) => {
      const { endpoint, deployment } = splitTarget(target);
      const record = tables.deployments.get(endpoint, deployment)?.body;
      if (record === undefined) return;
      try {
        await runtime.apply(record, signal);
      } catch (error) {
        if (!signal.aborted)
          updateDeployment(endpoint, deployment, (known) => ({ ...known, provisioningState: 'Failed' }));
        throw error;
      }
      signal.throwIfAborted();
      updateDeployment(endpoint, deployment, (known) => ({
        ...known,
        provisioningState: 'Succeeded',
        served: { revision: record.revision, spec: record.spec },
      }));
    },
    'onlineDeployment.delete': async ({ target }) => {
      const { endpoint, deployment } = splitTarget(target);
      await removeDeployment(endpoint, deployment);
    },
  } as const satisfies Record<string, OperationExecutor>;
}
