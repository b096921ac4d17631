import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIPv6 } from 'node:net';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { admitUrl, parsePictureUrl } from './admit-url.ts';
import type { AdmittedUrl } from './admit-url.ts';
import { resolveHost } from './resolve-host.ts';
import type { ResolveHost } from './resolve-host.ts';
import { hostnameOf } from './url-policy.ts';
import type { UrlPolicy } from './url-policy.ts';

export interface FetchLimits {
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** For all of it: names, connections, redirects, body. */
  readonly timeoutMs: number;
  readonly maxRedirects: number;
}

export const defaultFetchLimits: FetchLimits = {
  maxBytes: 16 * 2 ** 20,
  timeoutMs: 10_000,
  maxRedirects: 3,
};

export interface PictureFetcherOptions {
  readonly policy: UrlPolicy;
  readonly limits?: Partial<FetchLimits>;
  readonly resolveHost?: ResolveHost;
}

export interface PictureFetcher {
  /**
   * The bytes behind an http(s) address. Every hop is resolved once, every address that it has is checked, and the
   * connection goes to those addresses only, with the name in Host, SNI and certificate check.
   *
   * @throws AmlDeitError URL_REFUSED for what is not allowed, URL_UNREACHABLE for what could not be had; the signal's
   * reason when it fires.
   */
  fetch(text: string, signal?: AbortSignal): Promise<Uint8Array>;
}

export const redirects = new Set([301, 302, 303, 307, 308]);
/** Answers that say that another one will come. */
const maxInterim = 10;
const acceptedTypes = /^(?:image\/(?!svg)[\w.+-]+|application\/octet-stream|binary\/octet-stream)$/;

export function pictureFetcher(options: PictureFetcherOptions): PictureFetcher {
  const { policy } = options;
  const limits = { ...defaultFetchLimits, ...options.limits };
  const resolve = options.resolveHost ?? resolveHost;
  return {
    async fetch(text, signal) {
      const deadline = AbortSignal.timeout(limits.timeoutMs);
      const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      let url = parsePictureUrl(text);
      try {
        for (let redirected = 0; ; redirected += 1) {
          const admitted = await admitUrl(url, { policy, resolveHost: resolve, signal: either });
          const response = await open(admitted, either);
          const location = redirects.has(response.statusCode ?? 0) ? response.headers.location : undefined;
          if (location === undefined) return await readPicture(response, url, limits.maxBytes);
          response.destroy();
          if (redirected === limits.maxRedirects) {
            throw unreachable(url, `redirects more than ${limits.maxRedirects} times`);
          }
          url = parsePictureUrl(location, url);
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (deadline.aborted) throw unreachable(url, `did not answer within ${limits.timeoutMs} ms`);
        throw error;
      }
    },
  };
}

/** Sends the request and resolves with the answer's head. The connection is this request's own, and ends with it. */
export function open({ url, addresses }: AdmittedUrl, signal: AbortSignal): Promise<IncomingMessage> {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  // What was checked is what is connected to: the name is not resolved again.
  const lookup: LookupFunction = (_hostname, { all }, callback) => {
    if (all === true) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
  const shared = {
    host: hostnameOf(url),
    port: url.port,
    path: url.pathname + url.search,
    lookup,
    signal,
    headers: {
      host: url.host,
      accept: 'image/*',
      'accept-encoding': 'identity',
      'user-agent': 'aml-deit',
      connection: 'close',
    },
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest({ ...shared, agent: new HttpsAgent(), rejectUnauthorized: true })
        : httpRequest({ ...shared, agent: new HttpAgent() });
    request.once('response', resolve);
    // Node tells nobody of an answer that changes the protocol, and of no end of it either.
    request.once('upgrade', ({ statusCode }: IncomingMessage, socket: Duplex) => {
      socket.destroy();
      reject(unreachable(url, `answered ${statusCode}, expected 200`));
    });
    // Each costs this thread more than it costs the sender, and they have no end of their own.
    let interim = 0;
    request.on('information', ({ statusCode }) => {
      interim += 1;
      if (interim <= maxInterim) return;
      reject(unreachable(url, `answered ${statusCode} more than ${maxInterim} times, expected 200`));
      request.destroy();
    });
    request.once('error', (error) =>
      reject(unreachable(url, `cannot be fetched (${reasonOf(error)})`, error)),
    );
    request.end();
  });
}

async function readPicture(response: IncomingMessage, url: URL, maxBytes: number): Promise<Uint8Array> {
  try {
    refuseHead(response, url, maxBytes);
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of response as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > maxBytes) throw tooLarge(url, maxBytes);
      pieces.push(piece);
    }
    return Buffer.concat(pieces, length);
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    throw unreachable(url, `broke off (${reasonOf(error)})`, error);
  } finally {
    response.destroy();
  }
}

function refuseHead({ statusCode, headers }: IncomingMessage, url: URL, maxBytes: number): void {
  if (statusCode !== 200) throw unreachable(url, `answered ${statusCode}, expected 200`);
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && !acceptedTypes.test(type)) {
    throw unreachable(url, `is "${type.slice(0, 50)}", expected a picture`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw unreachable(url, `is sent in the encoding "${encoding.slice(0, 50)}", which was not asked for`);
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(url, maxBytes);
}

function tooLarge(url: URL, maxBytes: number): AmlDeitError {
  return unreachable(url, `is larger than ${maxBytes} bytes`);
}

/** A system error's words name the address: the code says as much. */
function reasonOf(error: unknown): string {
  return systemErrorCode(error) ?? errorMessage(error);
}

/** The query is left out: it may hold a signature. */
export function unreachable(url: URL, what: string, cause?: unknown): AmlDeitError {
  const shown = `${url.origin}${url.pathname}`;
  return new AmlDeitError(
    'URL_UNREACHABLE',
    `${shown.length > 200 ? `${shown.slice(0, 197)}...` : shown} ${what}`,
    cause === undefined ? {} : { cause },
  );
}
