import type { Agent } from 'node:https';
import {
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { packageVersion, throwIfAborted } from '../io/index.ts';
import { azureError } from './azure-error.ts';
import type { AzureMl } from './azure-ml.ts';

/** Sends pictures: no credential but the one that the caller gives, no retries, no redirects. */
export function scoringClient(agent: Agent | undefined): AzureMl['score'] {
  const httpClient = createDefaultHttpClient();
  const pipeline = createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: `aml-deit/${packageVersion()}` },
    ...(agent === undefined ? {} : { agent }),
  });
  return async (request, options) => {
    throwIfAborted(options?.signal);
    if (new URL(request.scoringUri).protocol !== 'https:') {
      throw new AmlDeitError('AZURE_REQUEST_FAILED', `the scoring URL ${request.scoringUri} is not https`, {
        hint: 'no key or token is sent over an open connection',
      });
    }
    const pipelineRequest = createPipelineRequest({
      url: request.scoringUri,
      method: 'POST',
      body: request.body,
      timeout: request.timeoutMs ?? 0,
    });
    pipelineRequest.headers.set('content-type', request.contentType ?? 'application/json');
    for (const [name, value] of Object.entries(request.headers ?? {}))
      pipelineRequest.headers.set(name, value);
    if (request.authorization !== undefined)
      pipelineRequest.headers.set('authorization', request.authorization);
    if (request.deployment !== undefined) {
      pipelineRequest.headers.set('azureml-model-deployment', request.deployment);
    }
    if (options?.signal !== undefined) pipelineRequest.abortSignal = options.signal;
    try {
      const response = await pipeline.sendRequest(httpClient, pipelineRequest);
      return { status: response.status, headers: response.headers.toJSON(), body: response.bodyAsText ?? '' };
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError' && options?.signal?.aborted !== true) {
        throw new AmlDeitError(
          'AZURE_UNREACHABLE',
          `${request.scoringUri} gave no answer within ${request.timeoutMs ?? 0} ms: ${errorMessage(error)}`,
          { cause: error },
        );
      }
      throw azureError(error, `POST ${request.scoringUri}`, options?.signal);
    }
  };
}
