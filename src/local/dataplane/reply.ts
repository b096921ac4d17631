import type { ServerResponse } from 'node:http';
import { closeAfterRest } from '../../io/index.ts';

/** What the platform itself answers, in place of the container. */
export function replyPlatformError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  closeAfterRest(response.req, response);
  const body = Buffer.from(JSON.stringify({ error: { code, message } }));
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
  });
  response.end(body);
}
