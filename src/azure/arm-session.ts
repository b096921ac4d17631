import type { Agent } from 'node:https';
import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import type { TokenCredential } from '@azure/core-auth';
import { createPipelineRequest } from '@azure/core-rest-pipeline';
import type { HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline';
import { AmlDeitError } from '../errors/index.ts';
import { packageVersion, throwIfAborted } from '../io/index.ts';
import { azureError, responseError } from './azure-error.ts';
import type { ArmPage } from './wire/resource.ts';

/**
 * The groups of `@azure/arm-machinelearning` 2.1.1 that neither drop nor change what we send and read. It speaks
 * 2022-10-01 and silently loses what came later: `mirrorTraffic`, `dataCollector` and every other member it does not
 * know of endpoints, deployments and jobs, so a read-modify-write through it would erase them. Those go through
 * {@link ArmSession.send} with our own wire types, on the same pipeline: same credential, retries and connection.
 */
export type LosslessGroup =
  | 'workspaces'
  | 'datastores'
  | 'dataContainers'
  | 'dataVersions'
  | 'modelVersions'
  | 'modelContainers'
  | 'environmentVersions'
  | 'environmentContainers';

/** The api-version of what goes through `send`: the newest stable one that the public documentation describes whole. */
export const onlineApiVersion = '2024-10-01';

export interface RetrySettings {
  readonly maxRetries?: number;
  readonly retryDelayInMs?: number;
  readonly maxRetryDelayInMs?: number;
}

export interface ArmSessionOptions {
  readonly endpoint: string;
  readonly credentialScope: string;
  readonly credential: TokenCredential;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  /** Connections of its own; the process's defaults (proxy, NODE_EXTRA_CA_CERTS) without it. */
  readonly agent?: Agent;
  readonly retry?: RetrySettings;
}

export interface ArmRequest {
  readonly method: HttpMethods;
  /** A path below the workspace (`onlineEndpoints/deit`), or a full URL that the service itself gave. */
  readonly path?: string;
  readonly url?: string;
  /** Besides the api-version; for a `path` only. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whose `url` it is, where it is not the control plane's: `https://eastus.api.azureml.ms`. */
  readonly home?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Instead of method and path in messages. */
  readonly description?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly max?: number;
}

export interface ArmSession {
  readonly client: Pick<AzureMachineLearningWorkspaces, LosslessGroup>;
  /** `https://management.azure.com`, without a slash at the end. */
  readonly endpoint: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  readonly workspaceId: string;
  /** One request; any status is an answer. Throws for the network, the credential and an abort. */
  send(request: ArmRequest): Promise<PipelineResponse>;
  /** The same where only these statuses are good; the rest is thrown. */
  sendExpecting(request: ArmRequest, statuses: readonly number[]): Promise<PipelineResponse>;
  /** All items of a paged list, or the first `max` of them. */
  list<Item>(path: string, signal?: AbortSignal, options?: ListOptions): Promise<Item[]>;
  /** Runs a call of the client; its errors come out as ours. */
  call<T>(what: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** The same, undefined for a 404. */
  find<T>(what: string, run: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined>;
}

export function describeRequest(request: ArmRequest): string {
  if (request.description !== undefined) return request.description;
  return `${request.method} ${request.path ?? new URL(request.url ?? '').pathname.split('/').slice(-2).join('/')}`;
}

export function openArmSession(options: ArmSessionOptions): ArmSession {
  const client = new AzureMachineLearningWorkspaces(options.credential, options.subscriptionId, {
    endpoint: options.endpoint,
    credentialScopes: options.credentialScope,
    userAgentOptions: { userAgentPrefix: `aml-deit/${packageVersion()}` },
    ...(options.agent === undefined ? {} : { agent: options.agent }),
    ...(options.retry === undefined ? {} : { retryOptions: options.retry }),
  });
  const workspaceId = `/subscriptions/${options.subscriptionId}/resourceGroups/${options.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${options.workspaceName}`;

  const session: ArmSession = {
    client,
    endpoint: options.endpoint,
    subscriptionId: options.subscriptionId,
    resourceGroup: options.resourceGroup,
    workspaceName: options.workspaceName,
    workspaceId,

    async send(request) {
      throwIfAborted(request.signal);
      const url =
        request.url ??
        `${options.endpoint}${workspaceId}/${request.path ?? ''}?${new URLSearchParams({ 'api-version': onlineApiVersion, ...request.query }).toString()}`;
      assertSameService(url, request.home ?? options.endpoint);
      const pipelineRequest = createPipelineRequest({ url, method: request.method });
      pipelineRequest.headers.set('accept', 'application/json');
      for (const [name, value] of Object.entries(request.headers ?? {}))
        pipelineRequest.headers.set(name, value);
      if (request.body !== undefined) {
        pipelineRequest.headers.set('content-type', 'application/json');
        pipelineRequest.body = JSON.stringify(request.body);
      }
      if (request.signal !== undefined) pipelineRequest.abortSignal = request.signal;
      try {
        return await client.sendRequest(pipelineRequest);
      } catch (error) {
        throw azureError(error, describeRequest(request), request.signal);
      }
    },

    async sendExpecting(request, statuses) {
      const response = await session.send(request);
      if (!statuses.includes(response.status)) throw responseError(response, describeRequest(request));
      return response;
    },

    async list<Item>(path: string, signal?: AbortSignal, listOptions: ListOptions = {}): Promise<Item[]> {
      const { query, max = Number.POSITIVE_INFINITY } = listOptions;
      const items: Item[] = [];
      let request: ArmRequest = { method: 'GET', path, signal, ...(query === undefined ? {} : { query }) };
      for (;;) {
        const page = readJson(
          await session.sendExpecting(request, [200]),
          describeRequest(request),
        ) as ArmPage<Item>;
        items.push(...page.value);
        if (items.length >= max) return items.slice(0, max);
        if (typeof page.nextLink !== 'string' || page.nextLink === '') return items;
        request = { method: 'GET', url: page.nextLink, signal };
      }
    },

    async call(what, run, signal) {
      throwIfAborted(signal);
      try {
        return await run();
      } catch (error) {
        throw azureError(error, what, signal);
      }
    },

    async find(what, run, signal) {
      try {
        return await session.call(what, run, signal);
      } catch (error) {
        if (error instanceof AmlDeitError && error.code === 'AZURE_NOT_FOUND') return undefined;
        throw error;
      }
    },
  };
  return session;
}

/** The body as JSON. A success whose body is none is the service's fault and said so. */
export function readJson(response: PipelineResponse, what: string): unknown {
  try {
    return JSON.parse(response.bodyAsText ?? '') as unknown;
  } catch (error) {
    throw new AmlDeitError(
      'AZURE_REQUEST_FAILED',
      `${what} was answered by ${response.status} with a body that is not JSON`,
      {
        details: { azure: { status: response.status } },
        cause: error,
      },
    );
  }
}

/**
 * Next pages and operation URLs come out of answers, and the caller's token goes with them: only to the endpoint
 * itself or a host below it (`eastus.management.azure.com`).
 */
function assertSameService(url: string, endpoint: string): void {
  const target = new URL(url);
  const home = new URL(endpoint);
  const sameHost = target.host === home.host || target.host.endsWith(`.${home.host}`);
  if (target.protocol !== 'https:' || !sameHost) {
    throw new AmlDeitError(
      'AZURE_REQUEST_FAILED',
      `the service pointed to ${target.origin}, which is not ${home.origin}`,
      {
        hint: 'nothing was sent there',
      },
    );
  }
}
