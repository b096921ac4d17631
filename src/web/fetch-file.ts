import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorMessage } from '../errors/index.ts';
import { admitUrl, parsePictureUrl } from './admit-url.ts';
import { open, redirects, unreachable } from './picture-fetcher.ts';
import { resolveHost } from './resolve-host.ts';
import { hostnameOf, portOf } from './url-policy.ts';

export interface FetchFileOptions {
  readonly maxBytes: number;
  readonly maxRedirects?: number;
  /** How long nothing may come. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
  readonly onBytes?: (received: number, total: number | undefined) => void;
}

/**
 * Downloads what a person named, streaming, under the guard of pictures' addresses: each hop is resolved once and the
 * connection goes to what was checked. The host that was named may be on a private network; where it redirects to must
 * be public, or the same host.
 *
 * @throws AmlDeitError URL_REFUSED, URL_UNREACHABLE; the signal's reason when it fires.
 */
export async function fetchFile(text: string, file: string, options: FetchFileOptions): Promise<void> {
  const { maxBytes, maxRedirects = 5, idleMs = 60_000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  let url = parsePictureUrl(text);
  const policy = { allowsPublic: true, hosts: [{ hostname: hostnameOf(url), port: portOf(url) }] };
  for (let redirected = 0; ; redirected += 1) {
    const response = await open(await admitUrl(url, { policy, resolveHost, signal }), signal);
    const location = redirects.has(response.statusCode ?? 0) ? response.headers.location : undefined;
    if (location === undefined) return receive(response, url, file);
    response.destroy();
    if (redirected === maxRedirects) throw unreachable(url, `redirects more than ${maxRedirects} times`);
    url = parsePictureUrl(location, url);
  }

  async function receive(response: IncomingMessage, from: URL, target: string): Promise<void> {
    try {
      if (response.statusCode !== 200)
        throw unreachable(from, `answered ${response.statusCode}, expected 200`);
      const length = Number(response.headers['content-length']);
      const total = Number.isSafeInteger(length) ? length : undefined;
      if ((total ?? 0) > maxBytes) throw unreachable(from, `is larger than ${maxBytes} bytes`);
      let received = 0;
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          received += chunk.length;
          options.onBytes?.(received, total);
          done(received > maxBytes ? unreachable(from, `is larger than ${maxBytes} bytes`) : null, chunk);
        },
      });
      response.setTimeout(idleMs, () => response.destroy(unreachable(from, `sent nothing for ${idleMs} ms`)));
      await pipeline(response, count, createWriteStream(target, { flags: 'wx' }), { signal });
      if (total !== undefined && received !== total)
        throw unreachable(from, `broke off after ${received} of ${total} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && error.name === 'AmlDeitError') throw error;
      throw unreachable(from, `broke off (${errorMessage(error)})`, error);
    } finally {
      response.destroy();
    }
  }
}
