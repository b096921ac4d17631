import type { IncomingHttpHeaders } from 'node:http';

/** How long a browser may keep the answer to its question. */
const maxAgeSeconds = 600;

/**
 * What a browser has to be told so that a page of another origin may use the answer; nothing where the origin is none
 * of those allowed. `*` allows any.
 */
export function corsHeaders(
  origins: readonly string[],
  headers: IncomingHttpHeaders,
): Record<string, string> {
  const { origin } = headers;
  if (origins.length === 0) return {};
  const isAny = origins.includes('*');
  // Caches keep an answer for each origin apart, allowed or not.
  const vary = isAny ? {} : { vary: 'Origin' };
  if (origin === undefined || !(isAny || origins.includes(origin))) return vary;
  return { ...vary, 'access-control-allow-origin': isAny ? '*' : origin };
}

/** What else is told to a browser that asks before it sends. */
export function preflightHeaders(
  origins: readonly string[],
  headers: IncomingHttpHeaders,
): Record<string, string> {
  const allowed = corsHeaders(origins, headers)['access-control-allow-origin'];
  if (allowed === undefined || headers['access-control-request-method'] === undefined) return {};
  const asked = headers['access-control-request-headers'];
  return {
    'access-control-allow-methods': 'GET, POST',
    'access-control-max-age': String(maxAgeSeconds),
    ...(asked === undefined ? {} : { 'access-control-allow-headers': asked }),
  };
}
