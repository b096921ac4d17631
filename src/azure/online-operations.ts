import { AmlDeitError } from '../errors/index.ts';
import { describeRequest, readJson } from './arm-session.ts';
import type { ArmRequest, ArmSession } from './arm-session.ts';
import { responseError } from './azure-error.ts';
import type { AzureMl, OperationOptions, OperationState } from './azure-ml.ts';
import { operationFrom, outcomeOf, pollOperation, retryAfterMs } from './operation.ts';
import { resourceBody } from './resource-body.ts';
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

  async function get<T>(path: string, signal: AbortSignal | undefined): Promise<T | undefined> {
    const request: ArmRequest = { method: 'GET', path, signal };
    const response = await session.send(request);
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw responseError(response, describeRequest(request));
    return readJson(response, describeRequest(request)) as T;
  }

  /** Sends, and waits for the outcome. */
  async function run(
    request: ArmRequest,
    statuses: readonly number[],
    callOptions: OperationOptions = {},
  ): Promise<unknown> {
    const description = describeRequest(request);
    const response = await session.sendExpecting({ ...request, signal: callOptions.signal }, statuses);
    const operation = operationFrom(response, {
      method: request.method,
      url: response.request.url,
      description,
    });
    if (operation === undefined) {
      const hasResource = request.method === 'PUT' || request.method === 'PATCH';
      return hasResource ? readJson(response, description) : undefined;
    }
    callOptions.onStarted?.(operation);
    return await resume(operation, callOptions, retryAfterMs(response));
  }

  function resume(
    operation: OperationState,
    callOptions: OperationOptions = {},
    firstDelayMs?: number,
  ): Promise<unknown> {
    return pollOperation(session, operation, {
      ...callOptions,
      ...(firstDelayMs === undefined ? {} : { firstDelayMs }),
      ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
    });
  }

  /** Waits for what is going on with a resource, whoever started it. */
  async function settle<T extends OnlineEndpointResource | OnlineDeploymentResource>(
    path: string,
    call: OperationOptions | undefined,
  ): Promise<T | undefined> {
    const response = await session.send({ method: 'GET', path, signal: call?.signal });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw responseError(response, `GET ${path}`);
    const current = readJson(response, `GET ${path}`) as T;
    if (outcomeOf(current.properties.provisioningState ?? 'Succeeded') !== 'running') return current;
    // The service leaves the operation's own URL in the resource; it knows the error that the resource does not.
    const statusUrl = current.properties.properties?.['AzureAsyncOperationUri'];
    const operation: OperationState = {
      schemaVersion: 1,
      description: `${current.properties.provisioningState ?? 'Updating'} ${path}`,
      ...(statusUrl === undefined
        ? { mode: 'resource', statusUrl: response.request.url }
        : { mode: 'azure-async-operation', statusUrl }),
      resourceUrl: response.request.url,
      startedAt: new Date().toISOString(),
    };
    call?.onStarted?.(operation);
    try {
      return (await resume(operation, call)) as T;
    } catch (error) {
      if (error instanceof AmlDeitError && error.code === 'AZURE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async function update<T extends OnlineEndpointResource | OnlineDeploymentResource>(
    path: string,
    change: (current: T) => T,
    callOptions: OperationOptions = {},
  ): Promise<T> {
    const current = await get<T>(path, callOptions.signal);
    if (current === undefined) throw new AmlDeitError('AZURE_NOT_FOUND', `there is no ${path}`);
    return (await run(
      { method: 'PUT', path, body: resourceBody(change(current)) },
      [200, 201, 202],
      callOptions,
    )) as T;
  }

  const remove = async (path: string, callOptions: OperationOptions = {}): Promise<boolean> => {
    // Azure answers 204, or 404 where a parent is missing, for what is not there: the wish is fulfilled either way.
    const response = await session.sendExpecting(
      { method: 'DELETE', path, signal: callOptions.signal },
      [200, 202, 204, 404],
    );
    if (response.status === 204 || response.status === 404) return false;
    const operation = operationFrom(response, {
      method: 'DELETE',
      url: response.request.url,
      description: `DELETE ${path}`,
    });
    if (operation === undefined) return true;
    callOptions.onStarted?.(operation);
    await resume(operation, callOptions, retryAfterMs(response));
    return true;
  };

  const post = async <T>(
    path: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    const request: ArmRequest = { method: 'POST', path, signal, ...(body === undefined ? {} : { body }) };
    return readJson(await session.sendExpecting(request, [200]), describeRequest(request)) as T;
  };

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
    async list(endpoint, call) {
      try {
        return await session.list<OnlineDeploymentResource>(
          `${endpointPath(endpoint)}/deployments`,
          call?.signal,
        );
      } catch (error) {
        if (error instanceof AmlDeitError && error.code === 'AZURE_NOT_FOUND') return [];
        throw error;
      }
    },
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
