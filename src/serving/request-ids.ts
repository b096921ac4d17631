import type { IncomingHttpHeaders } from 'node:http';
import { ScoringError } from './scoring-error.ts';

const maxIdLength = 100;

export interface RequestIds {
  /** The platform's; made here when there is none. */
  readonly requestId: string;
  /** The caller's: what `x-ms-request-id` has where only that older name is sent. */
  readonly clientRequestId: string | undefined;
  /** What is answered as `x-ms-request-id`: what came by that name, else the caller's id, else the platform's. */
  readonly msRequestId: string;
  /** Echoed for tracing. */
  readonly traceId: string | undefined;
}

/**
 * The platform's id of a request, read before the others so that their refusal can carry it.
 *
 * @throws ScoringError 431 when it is longer than 100 characters; it is not repeated in the answer.
 */
export function readRequestId(headers: IncomingHttpHeaders, makeId: () => string): string {
  return readId(headers, 'x-request-id') ?? makeId();
}

/**
 * The ids of a request, as Azure ML's inference server reads them.
 *
 * @throws ScoringError 431 when one is longer than 100 characters; it is not repeated in the answer.
 */
export function readRequestIds(headers: IncomingHttpHeaders, requestId: string): RequestIds {
  const client = readId(headers, 'x-ms-client-request-id');
  const older = readId(headers, 'x-ms-request-id');
  return {
    requestId,
    clientRequestId: client ?? older,
    msRequestId: older ?? client ?? requestId,
    traceId: readId(headers, 'traceid'),
  };
}

export function requestIdHeaders(ids: RequestIds): Record<string, string> {
  return {
    'x-request-id': ids.requestId,
    'x-ms-request-id': ids.msRequestId,
    ...(ids.clientRequestId === undefined ? {} : { 'x-ms-client-request-id': ids.clientRequestId }),
    ...(ids.traceId === undefined ? {} : { TraceId: ids.traceId }),
  };
}

function readId(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const id = Array.isArray(value) ? value[0] : value;
  if (id !== undefined && id.length > maxIdLength) {
    throw new ScoringError(
      431,
      `the header ${name} has ${id.length} characters, at most ${maxIdLength} are accepted`,
    );
  }
  return id === '' ? undefined : id;
}
