import { randomUUID } from 'node:crypto';
import { AmlDeitError } from '../errors/index.ts';
import { sleep } from '../io/index.ts';
import type { ArmSession } from './arm-session.ts';
import type { AzureMl, ScoringResponse } from './azure-ml.ts';
import { deniedHint } from './azure-error.ts';
import { resourceOperations } from './resource-operations.ts';
import type {
  BatchDeploymentResource,
  BatchEndpointResource,
  BatchJobResource,
  ComputeResource,
} from './wire/batch.ts';
import type { ArmResource } from './wire/resource.ts';

export interface BatchOperationsOptions {
  readonly session: ArmSession;
  readonly pollIntervalMs?: number;
  readonly machineLearningToken: (signal?: AbortSignal) => Promise<string>;
  readonly score: AzureMl['score'];
}

const maxTries = 4;
const firstWaitMs = 500;
const longestWaitMs = 30_000;
/** Too many requests, and a service that is not there for the moment. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

/** Batch endpoints, and what their jobs run on and of: clusters and components. */
export function batchOperations(
  options: BatchOperationsOptions,
): Pick<AzureMl, 'batchEndpoints' | 'batchDeployments' | 'components' | 'computes'> {
  const { session } = options;
  const operations = resourceOperations(session, options.pollIntervalMs);
  const endpointPath = (name: string): string => `batchEndpoints/${encodeURIComponent(name)}`;
  const deploymentPath = (endpoint: string, name: string): string =>
    `${endpointPath(endpoint)}/deployments/${encodeURIComponent(name)}`;
  const computePath = (name: string): string => `computes/${encodeURIComponent(name)}`;
  const componentPath = (name: string, version: string): string =>
    `components/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;

  return {
    batchEndpoints: {
      get: (name, call) => operations.get<BatchEndpointResource>(endpointPath(name), call?.signal),
      put: (name, body, call) => operations.put<BatchEndpointResource>(endpointPath(name), body, call),
      update: (name, change, call) =>
        operations.update<BatchEndpointResource>(endpointPath(name), change, call),
      waitUntilSettled: (name, call) => operations.settle<BatchEndpointResource>(endpointPath(name), call),
      delete: (name, call) => operations.remove(endpointPath(name), call),
      async invoke(endpoint, invocation, call) {
        const scoringUri = endpoint.properties.scoringUri ?? '';
        if (scoringUri === '')
          throw new AmlDeitError(
            'SCORING_FAILED',
            `batch endpoint "${endpoint.name}" has no invocation URL yet`,
          );
        const authorization = `Bearer ${await options.machineLearningToken(call?.signal)}`;
        // By this the service makes one job of a request that is sent again.
        const requestId = randomUUID();
        const send = () =>
          options.score(
            {
              scoringUri,
              authorization,
              contentType: 'application/json',
              headers: { 'repeatability_request-id': requestId },
              ...(invocation.deployment === undefined ? {} : { deployment: invocation.deployment }),
              body: JSON.stringify({ properties: { inputData: invocation.inputs } }),
            },
            call,
          );
        for (let attempt = 1; ; attempt += 1) {
          const isLast = attempt === maxTries;
          const response = await send().catch((error: unknown) => {
            if (!(error instanceof AmlDeitError) || error.code !== 'AZURE_UNREACHABLE') throw error;
            if (isLast) throw withoutAnswer(error);
            return undefined;
          });
          if (response?.status === 200 || response?.status === 201)
            return JSON.parse(response.body) as BatchJobResource;
          if (response !== undefined && (isLast || !passing.has(response.status)))
            throw invocationError(endpoint.name, response);
          const asked = Number(response?.headers['retry-after']);
          await sleep(
            asked > 0 ? Math.min(asked * 1000, longestWaitMs) : firstWaitMs * 2 ** attempt,
            call?.signal,
          );
        }
      },
    },
    batchDeployments: {
      get: (endpoint, name, call) =>
        operations.get<BatchDeploymentResource>(deploymentPath(endpoint, name), call?.signal),
      list: (endpoint, call) =>
        operations.listBelow<BatchDeploymentResource>(`${endpointPath(endpoint)}/deployments`, call?.signal),
      put: (endpoint, name, body, call) =>
        operations.put<BatchDeploymentResource>(deploymentPath(endpoint, name), body, call),
      waitUntilSettled: (endpoint, name, call) =>
        operations.settle<BatchDeploymentResource>(deploymentPath(endpoint, name), call),
      delete: (endpoint, name, call) => operations.remove(deploymentPath(endpoint, name), call),
    },
    components: {
      async put(name, version, componentSpec, call) {
        const body = {
          properties: { componentSpec, isAnonymous: false, isArchived: false, properties: {}, tags: {} },
        };
        return operations.put<ArmResource<object>>(componentPath(name, version), body, call);
      },
    },
    computes: {
      get: (name, call) => operations.get<ComputeResource>(computePath(name), call?.signal),
      put: (name, body, call) => operations.put<ComputeResource>(computePath(name), body, call),
      delete: (name, call) =>
        operations.remove(computePath(name), call, { underlyingResourceAction: 'Delete' }),
    },
  };
}

/** It may have been heard all the same. */
function withoutAnswer(error: AmlDeitError): AmlDeitError {
  return new AmlDeitError(error.code, error.message, {
    hint: 'a job may have been started: look with aml-deit job list before running the same command again',
    details: { ...error.details },
    cause: error,
  });
}

function invocationError(endpoint: string, { status, body }: ScoringResponse): AmlDeitError {
  const isDenied = status === 401 || status === 403;
  return new AmlDeitError(
    isDenied ? 'AUTH_DENIED' : 'SCORING_FAILED',
    `batch endpoint "${endpoint}" answered ${status}: ${messageOf(body)}`,
    {
      details: { azure: { status } },
      ...(isDenied ? { hint: deniedHint } : {}),
    },
  );
}

function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as {
      readonly error?: { readonly code?: string; readonly message?: string };
    };
    if (parsed.error?.message !== undefined)
      return `${parsed.error.code ?? ''} ${parsed.error.message}`.trim();
  } catch {
    // Not JSON: the text itself says it.
  }
  return body.trim().slice(0, 300);
}
