import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { AmlDeitError } from '../errors/index.ts';
import { sleep } from '../io/index.ts';
import { describeErrorBody, errorBodyOf, responseError } from './azure-error.ts';
import type { ArmSession } from './arm-session.ts';
import type { OperationOptions, OperationState } from './azure-ml.ts';
import type { ArmErrorBody, OperationStatus } from './wire/resource.ts';

/** Between polls, where the service does not say. */
const defaultPollIntervalMs = 5_000;
const maxPollIntervalMs = 60_000;
/** Failed polls in a row, after the pipeline's own retries, before the wait is given up. */
const toleratedPollFailures = 4;

/** Reads from the answer to a PUT, PATCH, POST or DELETE how its outcome is learnt. */
export function operationFrom(
  response: PipelineResponse,
  request: { readonly method: string; readonly url: string; readonly description: string },
): OperationState | undefined {
  const asyncUrl = response.headers.get('azure-asyncoperation') ?? response.headers.get('operation-location');
  const location = response.headers.get('location');
  const base = {
    schemaVersion: 1,
    description: request.description,
    startedAt: new Date().toISOString(),
  } as const;
  const resource = request.method === 'PUT' || request.method === 'PATCH' ? { resourceUrl: request.url } : {};
  if (asyncUrl !== undefined && asyncUrl !== '') {
    return { ...base, ...resource, mode: 'azure-async-operation', statusUrl: asyncUrl };
  }
  // A create's Location is the resource itself and says nothing of the operation.
  if (response.status === 202 && location !== undefined && location !== '') {
    return { ...base, ...resource, mode: 'location', statusUrl: location };
  }
  if (request.method === 'PUT' || request.method === 'PATCH') {
    const state = provisioningState(response);
    if (state !== undefined && outcomeOf(state) === 'running') {
      return { ...base, ...resource, mode: 'resource', statusUrl: request.url };
    }
  }
  return undefined;
}

export type Outcome = 'running' | 'succeeded' | 'failed';

/** The service's status words; an unknown one means that it is still going on. */
export function outcomeOf(status: string): Outcome {
  const word = status.toLowerCase();
  if (word === 'succeeded') return 'succeeded';
  return word === 'failed' || word === 'canceled' || word === 'cancelled' ? 'failed' : 'running';
}

/** A status document, or a resource that carries its own state. */
interface StatusBody extends Partial<OperationStatus> {
  readonly properties?: { readonly provisioningState?: string | null } | null;
}

function parseStatusBody(response: PipelineResponse): StatusBody {
  try {
    return (JSON.parse(response.bodyAsText ?? '') as StatusBody | null) ?? {};
  } catch {
    return {};
  }
}

function provisioningState(response: PipelineResponse): string | undefined {
  return parseStatusBody(response).properties?.provisioningState ?? undefined;
}

/** What the service asks for, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as a date. */
export function retryAfterMs(response: PipelineResponse, now = Date.now()): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const ms = Number(response.headers.get(name) ?? Number.NaN);
    if (Number.isFinite(ms) && ms >= 0) return Math.min(ms, maxPollIntervalMs);
  }
  const retryAfter = response.headers.get('retry-after');
  if (retryAfter === undefined) return undefined;
  const seconds = Number(retryAfter);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, maxPollIntervalMs) : undefined;
}

interface Poll {
  readonly outcome: Outcome;
  readonly status: string;
  readonly percentComplete?: number;
  readonly error?: ArmErrorBody;
  readonly response: PipelineResponse;
}

function readPoll(operation: OperationState, response: PipelineResponse): Poll {
  const body = parseStatusBody(response);
  const percent = typeof body.percentComplete === 'number' ? { percentComplete: body.percentComplete } : {};
  if (operation.mode === 'location') {
    const running = response.status === 202;
    return {
      outcome: running ? 'running' : 'succeeded',
      status: running ? 'Running' : 'Succeeded',
      response,
    };
  }
  const status = operation.mode === 'resource' ? body.properties?.provisioningState : body.status;
  if (typeof status !== 'string' || status === '') {
    // A resource without a state is finished; a status document without a status is a broken answer.
    if (operation.mode === 'resource') return { outcome: 'succeeded', status: 'Succeeded', response };
    throw new AmlDeitError(
      'AZURE_REQUEST_FAILED',
      `the status of ${operation.description} came without a status word`,
      {
        details: { azure: { status: response.status }, operation },
      },
    );
  }
  const error = errorBodyOf(body.error);
  return {
    outcome: outcomeOf(status),
    status,
    ...percent,
    ...(error === undefined ? {} : { error }),
    response,
  };
}

export interface PollOptions extends OperationOptions {
  /** From the answer that started it, for the first wait. */
  readonly firstDelayMs?: number;
  readonly pollIntervalMs?: number;
}

/**
 * Polls until the operation ends, and resolves with the resource (undefined for a DELETE or POST). It needs nothing but
 * the state, so that any process can go on where another stopped.
 *
 * Throws OPERATION_FAILED with the service's error whole (`details.azure.error`), OPERATION_TIMED_OUT or
 * AZURE_UNREACHABLE with `details.operation` to resume, INTERRUPTED.
 */
export async function pollOperation(
  session: Pick<ArmSession, 'send'>,
  operation: OperationState,
  options: PollOptions = {},
): Promise<unknown> {
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  const interval = options.pollIntervalMs ?? defaultPollIntervalMs;
  let delay = options.firstDelayMs ?? 0;
  let failures = 0;
  for (let polls = 1; ; polls += 1) {
    if (options.timeoutMs !== undefined && elapsed() + delay > options.timeoutMs)
      throw timedOut(operation, options.timeoutMs);
    await sleep(delay, options.signal);
    let poll: Poll;
    try {
      const response = await session.send({
        method: 'GET',
        url: operation.statusUrl,
        description: `the status of ${operation.description}`,
        signal: options.signal,
      });
      if (
        response.status === 404 &&
        operation.mode === 'azure-async-operation' &&
        operation.resourceUrl !== undefined
      ) {
        // Status documents are forgotten after a while; the resource itself knows how it ended.
        return await pollOperation(
          session,
          { ...operation, mode: 'resource', statusUrl: operation.resourceUrl },
          options,
        );
      }
      if (response.status >= 400) throw responseError(response, `GET the status of ${operation.description}`);
      poll = readPoll(operation, response);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!isTransient(error) || failures > toleratedPollFailures) throw withOperation(error, operation);
      delay = Math.min(interval * 2 ** failures, maxPollIntervalMs);
      continue;
    }
    options.onProgress?.({
      status: poll.status,
      elapsedMs: elapsed(),
      polls,
      ...(poll.percentComplete === undefined ? {} : { percentComplete: poll.percentComplete }),
    });
    if (poll.outcome === 'failed') throw await operationFailed(session, operation, poll, options.signal);
    if (poll.outcome === 'succeeded') return await finalResource(session, operation, poll, options.signal);
    delay = retryAfterMs(poll.response) ?? interval;
  }
}

async function finalResource(
  session: Pick<ArmSession, 'send'>,
  operation: OperationState,
  poll: Poll,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (operation.resourceUrl === undefined) return undefined;
  const response =
    operation.mode === 'resource'
      ? poll.response
      : await session.send({ method: 'GET', url: operation.resourceUrl, signal });
  if (response.status !== 200)
    throw withOperation(responseError(response, `GET the result of ${operation.description}`), operation);
  return JSON.parse(response.bodyAsText ?? 'null') as unknown;
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof AmlDeitError)) return false;
  if (error.code === 'AZURE_UNREACHABLE') return true;
  const status = (error.details?.['azure'] as { status?: number } | undefined)?.status;
  return (
    error.code === 'AZURE_REQUEST_FAILED' &&
    status !== undefined &&
    (status >= 500 || status === 429 || status === 408)
  );
}

function withOperation(error: unknown, operation: OperationState): unknown {
  if (!(error instanceof AmlDeitError) || error.details?.['operation'] !== undefined) return error;
  return new AmlDeitError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { ...error.details, operation },
    cause: error.cause,
  });
}

function timedOut(operation: OperationState, timeoutMs: number): AmlDeitError {
  return new AmlDeitError(
    'OPERATION_TIMED_OUT',
    `${operation.description} did not end within ${Math.round(timeoutMs / 1000)} s`,
    { hint: 'it goes on at the service; run the same command again to wait for it', details: { operation } },
  );
}

async function operationFailed(
  session: Pick<ArmSession, 'send'>,
  operation: OperationState,
  poll: Poll,
  signal: AbortSignal | undefined,
): Promise<AmlDeitError> {
  let error = poll.error;
  if (error === undefined && operation.resourceUrl !== undefined && operation.mode !== 'resource') {
    // Some failures say nothing in the status document; the resource may.
    const response = await session.send({ method: 'GET', url: operation.resourceUrl, signal });
    error = errorBodyOf(parseStatusBody(response).error);
  }
  const requestId = poll.response.headers.get('x-ms-request-id');
  return new AmlDeitError(
    'OPERATION_FAILED',
    `${operation.description} ended as ${poll.status}${error === undefined ? ', and the service does not say why' : `: ${describeErrorBody(error)}`}`,
    {
      details: {
        azure: {
          ...(requestId === undefined ? {} : { requestId }),
          ...(error === undefined ? {} : { error }),
        },
        operation,
        status: poll.status,
      },
    },
  );
}
