import type { IncomingMessage } from 'node:http';

/**
 * What a request asks for. Two slashes at the start are a client's clumsy joining, not another host; and a whole URL, as
 * proxies are sent, is none of the twin's paths.
 */
export function requestUrl(incoming: IncomingMessage, endpoint: string): URL {
  const given = incoming.url ?? '/';
  return new URL(given.startsWith('/') ? `${endpoint}${given}` : endpoint);
}
