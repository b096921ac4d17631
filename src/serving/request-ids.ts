import type { IncomingHttpHeaders } from 'node:http';
import { ScoringError } from './scoring-error.ts';

const maxIdLength = 100;

export interface RequestIds {
  /** The platform's; made here when there is none. */
  readonly requestId: string;
  /** The caller's. */
  readonly clientRequestId: string | undefined;
  /** Echoed for tracing. */
  readonly traceId: string | undefined;
}

/**
 * The ids of a request, as Azure ML's inference server reads them.
 *
 * @throws ScoringError 431 when one is longer than 100 characters; it is not repeated in the answer.
 */
export function readRequestIds(headers: IncomingHttpHeaders, makeId: () => string): RequestIds {
  const read = (name: string): string | undefined => {
    const value = headers[name];
    const id = Array.isArray(value) ? value[0] : value;
    if (id !== undefined && id.length > maxIdLength) {
      throw new ScoringError(
        431,
        `the header ${name} has ${id.length} characters, at most ${maxIdLength} are accepted`,
      );
    }
    return id === '' ? undefined : id;
  };
  const clientRequestId = read('x-ms-client-request-id') ?? read('x-ms-request-id');
  return { requestId: read('x-request-id') ?? makeId(), clientRequestId, traceId: read('traceid') };
}

/** `x-ms-request-id` is the older name: the caller's id if there is one, else the platform's. */
export function requestIdHeaders(ids: RequestIds): Record<string, string> {
  return {
    'x-request-id': ids.requestId,
    'x-ms-request-id': ids.clientRequestId ?? ids.requestId,
    ...(ids.clientRequestId === undefined ? {} : { 'x-ms-client-request-id': ids.clientRequestId }),
    ...(ids.traceId === undefined ? {} : { TraceId: ids.traceId }),
  };
}
