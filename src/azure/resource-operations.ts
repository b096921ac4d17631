import { AmlDeitError } from '../errors/index.ts';
import { describeRequest, readJson } from './arm-session.ts';
import type { ArmRequest, ArmSession } from './arm-session.ts';
import { responseError } from './azure-error.ts';
import type { OperationOptions, OperationState } from './azure-ml.ts';
import { operationFrom, outcomeOf, pollOperation, retryAfterMs } from './operation.ts';
import { resourceBody } from './resource-body.ts';
import type { WritableResource } from './resource-body.ts';

/** What every kind of resource that is made by long-running operations has in common. */
export interface ResourceOperations {
  readonly get: <T>(path: string, signal: AbortSignal | undefined) => Promise<T | undefined>;
  /** Empty where the parent does not exist. */
  readonly listBelow: <T>(path: string, signal: AbortSignal | undefined) => Promise<readonly T[]>;
  /** Sends, and waits for the outcome. */
  readonly run: (
    request: ArmRequest,
    statuses: readonly number[],
    call?: OperationOptions,
  ) => Promise<unknown>;
  readonly put: <T>(path: string, body: object, call: OperationOptions | undefined) => Promise<T>;
  /** Read-modify-write of the whole resource, unknown members included. */
  readonly update: <T extends WritableResource>(
    path: string,
    change: (current: T) => T,
    call: OperationOptions | undefined,
  ) => Promise<T>;
  /** Waits for what is going on with a resource, whoever started it. */
  readonly settle: <T extends WritableResource>(
    path: string,
    call: OperationOptions | undefined,
  ) => Promise<T | undefined>;
  /** False when there was none. */
  readonly remove: (
    path: string,
    call: OperationOptions | undefined,
    query?: Readonly<Record<string, string>>,
  ) => Promise<boolean>;
  readonly post: <T>(path: string, body: object | undefined, signal: AbortSignal | undefined) => Promise<T>;
  readonly resume: (
    operation: OperationState,
    call?: OperationOptions,
    firstDelayMs?: number,
  ) => Promise<unknown>;
}

export function resourceOperations(
  session: ArmSession,
  pollIntervalMs: number | undefined,
): ResourceOperations {
  const operations: ResourceOperations = {
    async get<T>(path: string, signal: AbortSignal | undefined): Promise<T | undefined> {
      const request: ArmRequest = { method: 'GET', path, signal };
      const response = await session.send(request);
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw responseError(response, describeRequest(request));
      return readJson(response, describeRequest(request)) as T;
    },

    async listBelow<T>(path: string, signal: AbortSignal | undefined): Promise<readonly T[]> {
      try {
        return await session.list<T>(path, signal);
      } catch (error) {
        if (error instanceof AmlDeitError && error.code === 'AZURE_NOT_FOUND') return [];
        throw error;
      }
    },

    async run(request, statuses, call = {}) {
      const description = describeRequest(request);
      const response = await session.sendExpecting({ ...request, signal: call.signal }, statuses);
      const operation = operationFrom(response, {
        method: request.method,
        url: response.request.url,
        description,
      });
      if (operation === undefined) {
        const hasResource = request.method === 'PUT' || request.method === 'PATCH';
        return hasResource ? readJson(response, description) : undefined;
      }
      call.onStarted?.(operation);
      return await operations.resume(operation, call, retryAfterMs(response));
    },

    put: async <T>(path: string, body: object, call: OperationOptions | undefined) =>
      (await operations.run({ method: 'PUT', path, body }, [200, 201, 202], call)) as T,

    resume: (operation, call = {}, firstDelayMs) =>
      pollOperation(session, operation, {
        ...call,
        ...(firstDelayMs === undefined ? {} : { firstDelayMs }),
        ...(pollIntervalMs === undefined ? {} : { pollIntervalMs }),
      }),

    async settle<T extends WritableResource>(path: string, call: OperationOptions | undefined) {
      const response = await session.send({ method: 'GET', path, signal: call?.signal });
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw responseError(response, `GET ${path}`);
      const current = readJson(response, `GET ${path}`) as T;
      if (outcomeOf(current.properties.provisioningState ?? 'Succeeded') !== 'running') return current;
      // The service leaves the operation's own URL in the resource; it knows the error that the resource does not.
      const statusUrl = (
        current.properties.properties as Readonly<Record<string, string>> | null | undefined
      )?.['AzureAsyncOperationUri'];
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
        return (await operations.resume(operation, call)) as T;
      } catch (error) {
        if (error instanceof AmlDeitError && error.code === 'AZURE_NOT_FOUND') return undefined;
        throw error;
      }
    },

    async update<T extends WritableResource>(
      path: string,
      change: (current: T) => T,
      call: OperationOptions | undefined,
    ) {
      const current = await operations.get<T>(path, call?.signal);
      if (current === undefined) throw new AmlDeitError('AZURE_NOT_FOUND', `there is no ${path}`);
      return operations.put<T>(path, resourceBody(change(current)), call);
    },

    async remove(path, call = {}, query = {}) {
      // Azure answers 204, or 404 where a parent is missing, for what is not there: the wish is fulfilled either way.
      const response = await session.sendExpecting(
        { method: 'DELETE', path, query, signal: call.signal },
        [200, 202, 204, 404],
      );
      if (response.status === 204 || response.status === 404) return false;
      const operation = operationFrom(response, {
        method: 'DELETE',
        url: response.request.url,
        description: `DELETE ${path}`,
      });
      if (operation === undefined) return true;
      call.onStarted?.(operation);
      await operations.resume(operation, call, retryAfterMs(response));
      return true;
    },

    async post<T>(path: string, body: object | undefined, signal: AbortSignal | undefined) {
      const request: ArmRequest = { method: 'POST', path, signal, ...(body === undefined ? {} : { body }) };
      return readJson(await session.sendExpecting(request, [200]), describeRequest(request)) as T;
    },
  };
  return operations;
}
