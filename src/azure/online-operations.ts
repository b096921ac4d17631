import { AmlDeitError } from '../errors/index.ts';
import type { ArmSession } from './arm-session.ts';
import type { AzureMl } from './azure-ml.ts';
import { resourceOperations } from './resource-operations.ts';
import type {
  EndpointKeys,
  EndpointToken,
  GetLogsResponse,
  OnlineDeploymentResource,
  OnlineEndpointResource,
} from './wire/online.ts';

export interface OnlineOperationsOptions {
  readonly session: ArmSession;
  /** Between polls, where the service does not say how long to wait. */
  readonly pollIntervalMs?: number;
  /** The caller's own token for an endpoint of mode AADToken. */
  readonly scoringToken: (signal?: AbortSignal) => Promise<string>;
}

export function onlineOperations(
  options: OnlineOperationsOptions,
): Pick<AzureMl, 'onlineEndpoints' | 'onlineDeployments' | 'operations'> {
  const { session } = options;
  const endpointPath = (name: string): string => `onlineEndpoints/${encodeURIComponent(name)}`;
  const deploymentPath = (endpoint: string, name: string): string =>
    `${endpointPath(endpoint)}/deployments/${encodeURIComponent(name)}`;

  const { get, listBelow, run, update, settle, remove, post, resume } = resourceOperations(
    session,
    options.pollIntervalMs,
  );

  const onlineEndpoints: AzureMl['onlineEndpoints'] = {
    get: (name, call) => get<OnlineEndpointResource>(endpointPath(name), call?.signal),
    list: (call) => session.list<OnlineEndpointResource>('onlineEndpoints', call?.signal),
    put: async (name, body, call) =>
      (await run(
        { method: 'PUT', path: endpointPath(name), body },
        [200, 201, 202],
        call,
      )) as OnlineEndpointResource,
    update: (name, change, call) => update(endpointPath(name), change, call),
    waitUntilSettled: (name, call) => settle(endpointPath(name), call),
    delete: (name, call) => remove(endpointPath(name), call),
    listKeys: (name, call) => post<EndpointKeys>(`${endpointPath(name)}/listKeys`, undefined, call?.signal),
    getToken: (name, call) => post<EndpointToken>(`${endpointPath(name)}/token`, undefined, call?.signal),
    regenerateKeys: async (name, request, call) => {
      await run(
        { method: 'POST', path: `${endpointPath(name)}/regenerateKeys`, body: request },
        [200, 202],
        call,
      );
    },
    async authorization(endpoint, call) {
      // The service has been seen to answer in another case than it documents.
      switch (endpoint.properties.authMode.toLowerCase()) {
        case 'amltoken':
          return `Bearer ${(await onlineEndpoints.getToken(endpoint.name, call)).accessToken}`;
        case 'aadtoken':
          return `Bearer ${await options.scoringToken(call?.signal)}`;
        default: {
          const keys = await onlineEndpoints.listKeys(endpoint.name, call);
          const key = keys.primaryKey ?? keys.secondaryKey;
          if (key === null || key === undefined || key === '') {
            throw new AmlDeitError('AUTH_DENIED', `endpoint "${endpoint.name}" gave no key`, {
              hint: 'the identity needs the right to list keys of the endpoint',
            });
          }
          return `Bearer ${key}`;
        }
      }
    },
  };

  const onlineDeployments: AzureMl['onlineDeployments'] = {
    get: (endpoint, name, call) =>
      get<OnlineDeploymentResource>(deploymentPath(endpoint, name), call?.signal),
    list: (endpoint, call) =>
      listBelow<OnlineDeploymentResource>(`${endpointPath(endpoint)}/deployments`, call?.signal),
    put: async (endpoint, name, body, call) =>
      (await run(
        { method: 'PUT', path: deploymentPath(endpoint, name), body },
        [200, 201, 202],
        call,
      )) as OnlineDeploymentResource,
    update: (endpoint, name, change, call) => update(deploymentPath(endpoint, name), change, call),
    patch: async (endpoint, name, patch, call) =>
      (await run(
        { method: 'PATCH', path: deploymentPath(endpoint, name), body: patch },
        [200, 202],
        call,
      )) as OnlineDeploymentResource,
    waitUntilSettled: (endpoint, name, call) => settle(deploymentPath(endpoint, name), call),
    delete: (endpoint, name, call) => remove(deploymentPath(endpoint, name), call),
    async getLogs(endpoint, name, request, call) {
      const logs = await post<GetLogsResponse>(
        `${deploymentPath(endpoint, name)}/getLogs`,
        { ...request },
        call?.signal,
      );
      return logs.content ?? '';
    },
  };

  return {
    onlineEndpoints,
    onlineDeployments,
    operations: { resume: (operation, call) => resume(operation, call) },
  };
}
