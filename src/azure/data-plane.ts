import type { Agent } from 'node:https';
import {
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { AmlDeitError } from '../errors/index.ts';
import { packageVersion, throwIfAborted } from '../io/index.ts';
import type { ArmSession, RetrySettings } from './arm-session.ts';
import { azureError, responseError } from './azure-error.ts';

export interface DataPlaneOptions {
  readonly session: ArmSession;
  readonly agent?: Agent;
  readonly retry?: RetrySettings;
  /** Throws where an address may not be asked: the twin's must be of this machine. */
  readonly checkUrl?: (url: string) => void;
}

export interface OpenGetOptions {
  /** For messages. */
  readonly what: string;
  readonly range?: string;
  /** What comes after so many bytes is not read. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads addresses that carry their own permission, or need none: nothing of the caller's goes there. `bytes` is the body
 * of a 200 or 206; any other status is an answer too.
 */
export type OpenGet = (
  url: string,
  options: OpenGetOptions,
) => Promise<{ readonly response: PipelineResponse; readonly bytes: Buffer }>;

const maxDiscoveryBytes = 1 << 20;

async function readBytes(response: PipelineResponse, maxBytes: number): Promise<Buffer> {
  const stream = response.readableStreamBody;
  if (stream === undefined) return Buffer.from(response.bodyAsText ?? '');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    chunks.push(bytes.subarray(0, maxBytes - length));
    length += bytes.length;
    if (length >= maxBytes) break;
  }
  return Buffer.concat(chunks);
}

export interface DataPlane {
  /** `https://eastus.api.azureml.ms`, without a slash at the end: read once from the workspace's discovery document. */
  readonly api: (signal?: AbortSignal) => Promise<string>;
  readonly openGet: OpenGet;
}

function parseDiscovery(text: string): { readonly api?: unknown } {
  try {
    return (JSON.parse(text) as { api?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}

/** Where run history, MLflow and the resolving of outputs are. */
export function dataPlane(options: DataPlaneOptions): DataPlane {
  const { session } = options;
  const httpClient = createDefaultHttpClient();
  const pipeline = createPipelineFromOptions({
    userAgentOptions: { userAgentPrefix: `aml-deit/${packageVersion()}` },
    redirectOptions: { maxRetries: 0 },
    ...(options.retry === undefined ? {} : { retryOptions: options.retry }),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
  });

  const openGet: OpenGet = async (url, { what, range, maxBytes, signal }) => {
    throwIfAborted(signal);
    if (new URL(url).protocol !== 'https:')
      throw new AmlDeitError('AZURE_REQUEST_FAILED', `${what} is at an address that is not https`);
    options.checkUrl?.(url);
    const request = createPipelineRequest({ url, method: 'GET' });
    if (range !== undefined) request.headers.set('range', range);
    if (signal !== undefined) request.abortSignal = signal;
    // Bytes as they are: a part of a log may begin within a character.
    request.streamResponseStatusCodes = new Set([200, 206]);
    try {
      const response = await pipeline.sendRequest(httpClient, request);
      return { response, bytes: await readBytes(response, maxBytes) };
    } catch (error) {
      throw azureError(error, what, signal);
    }
  };

  let found: Promise<string> | undefined;
  const discover = async (signal: AbortSignal | undefined): Promise<string> => {
    const { discoveryUrl } = await session.call(
      `GET workspace ${session.workspaceName}`,
      () =>
        session.client.workspaces.get(
          session.resourceGroup,
          session.workspaceName,
          signal === undefined ? {} : { abortSignal: signal },
        ),
      signal,
    );
    if (typeof discoveryUrl !== 'string' || !URL.canParse(discoveryUrl))
      throw new AmlDeitError(
        'AZURE_REQUEST_FAILED',
        `workspace "${session.workspaceName}" does not say where its run history is`,
      );
    const what = `GET ${discoveryUrl}`;
    const { response, bytes } = await openGet(discoveryUrl, { what, maxBytes: maxDiscoveryBytes, signal });
    if (response.status !== 200) throw responseError(response, what);
    const { api } = parseDiscovery(bytes.toString('utf8'));
    if (typeof api !== 'string' || !URL.canParse(api) || new URL(api).protocol !== 'https:')
      throw new AmlDeitError('AZURE_REQUEST_FAILED', `${what} names no https address of the data plane`);
    options.checkUrl?.(api);
    return api.replace(/\/+$/, '');
  };

  return {
    api: (signal) => {
      found ??= discover(signal).catch((error: unknown) => {
        found = undefined;
        throw error;
      });
      return found;
    },
    openGet,
  };
}
