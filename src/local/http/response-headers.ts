import { randomUUID } from 'node:crypto';

export interface ResponseContext {
  readonly method: string;
  readonly correlationId: string;
  readonly requestId: string;
  /** `performance.now()` at the start of the request. */
  readonly startedAt: number;
  readonly source: 'service' | 'gateway';
  readonly status: number;
  /** ARM's, or a data-plane host's, which has no gateway before it. */
  readonly surface: 'arm' | 'data-plane';
}

export function createRequestIds(correlation: string | undefined): {
  correlationId: string;
  requestId: string;
} {
  const given = correlation !== undefined && /^[\w-]{1,64}$/.test(correlation) ? correlation : undefined;
  return { correlationId: given ?? randomUUID(), requestId: randomUUID() };
}

/**
 * The headers around every answer, as recorded. `strict-transport-security` is left out: a browser would pin
 * `localhost` to HTTPS for everything else that the user runs.
 */
export function responseHeaders(context: ResponseContext): Record<string, string> {
  const headers: Record<string, string> = { 'x-content-type-options': 'nosniff' };
  if (context.surface === 'arm') {
    headers['cache-control'] = 'no-cache';
    headers['pragma'] = 'no-cache';
    headers['expires'] = '-1';
    headers['x-ms-correlation-request-id'] = context.correlationId;
    headers['x-ms-routing-request-id'] = `LOCAL:${context.requestId}`;
    headers['x-ms-request-id'] = context.requestId;
    if (context.source === 'gateway') {
      headers['x-ms-failure-cause'] = 'gateway';
      return headers;
    }
    const family = context.method === 'GET' ? 'reads' : context.method === 'DELETE' ? 'deletes' : 'writes';
    headers[`x-ms-ratelimit-remaining-subscription-${family}`] = '11999';
  }
  headers['request-context'] = 'appId=cid-v1:00000000-0000-0000-0000-000000000000';
  headers['x-aml-cluster'] = 'aml-deit-local-twin';
  headers['x-ms-response-type'] = context.status >= 400 ? 'error' : 'standard';
  headers['x-request-time'] = ((performance.now() - context.startedAt) / 1000).toFixed(3);
  return headers;
}
