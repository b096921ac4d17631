import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { bearerOf } from '../http/tokens.ts';

export interface BlobProxyOptions {
  /** Azurite's loopback port, once it is up. */
  readonly port: () => Promise<number>;
  /** Is this bearer token good for the blob service? */
  readonly acceptsToken: (token: string) => boolean;
  readonly createSas: () => string;
}

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
]);

/** `ACCOUNT.blob.core.localhost[:port]`: the host names that belong to the blob service. */
export function isBlobHost(host: string | undefined): boolean {
  return host !== undefined && /^[a-z0-9-]+\.blob\.core\.localhost(?::\d+)?$/i.test(host);
}

function forwardHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] => entry[1] !== undefined && !hopByHop.has(entry[0]),
    ),
  );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An error in the blob service's own form. */
export function answerXml(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    'x-ms-error-code': code,
  });
  response.end(body);
}

/**
 * Passes one request through to Azurite as a stream. SAS and account keys are Azurite's to check: the host name, which
 * is signed, stays as the client wrote it. Bearer tokens are the twin's own: checked here and replaced by a SAS.
 */
export async function proxyBlobRequest(
  options: BlobProxyOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = forwardHeaders(incoming.headers);
  let path = incoming.url ?? '/';
  const token = bearerOf(incoming.headers.authorization);
  if (token !== undefined) {
    if (!options.acceptsToken(token)) {
      response.setHeader('www-authenticate', 'Bearer resource_id=https://storage.azure.com');
      answerXml(
        response,
        401,
        'InvalidAuthenticationInfo',
        'The bearer token is not valid for this blob service.',
      );
      incoming.resume();
      return;
    }
    delete headers['authorization'];
    path += `${path.includes('?') ? '&' : '?'}${options.createSas()}`;
  }
  if (headers['content-length'] === undefined && incoming.headers['transfer-encoding'] !== undefined)
    headers['transfer-encoding'] = 'chunked';

  let port: number;
  try {
    port = await options.port();
  } catch {
    incoming.resume();
    answerXml(response, 503, 'ServerBusy', 'The blob store of the local twin does not start.');
    return;
  }
  // Who went away meanwhile is not waited for.
  if (response.destroyed) return;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: incoming.method ?? 'GET',
    path,
    headers,
    agent: false,
  });
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, forwardHeaders(answer.headers));
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else answerXml(response, 503, 'ServerBusy', 'The blob store of the local twin does not answer.');
  });
  incoming.pipe(outgoing);
  incoming.on('error', () => outgoing.destroy());
  response.on('close', () => outgoing.destroy());
}
