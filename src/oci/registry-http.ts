import * as http from 'node:http';
import * as https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { interrupted, packageVersion, sleep, throwIfAborted } from '../io/index.ts';

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Hands the body over as a stream instead of reading it, when the status is 2xx. */
  readonly stream?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly stream?: IncomingMessage;
  /** Where the answer came from, after redirections. */
  readonly url: URL;
}

export interface RegistryHttpOptions {
  /** PEM of an authority that is trusted besides the system's, for these hosts only. */
  readonly trusted?: { readonly host: string; readonly ca: string };
  /** Waits between attempts start here and double. */
  readonly retryDelayMs?: number;
}

const maxAttempts = 5;
const maxRedirects = 5;
/** Nothing received for so long: the connection is dead. A registry may take its time to check a large blob. */
const idleTimeoutMs = 120_000;
const maxBodyBytes = 8 * 2 ** 20;
const transientStatus = new Set([408, 429, 500, 502, 503, 504]);

export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** Node's HTTP with keep-alive, redirections (which drop credentials), timeouts, and retries of what may pass. */
export class RegistryHttp {
  readonly #options: RegistryHttpOptions;
  readonly #agents = new Map<string, http.Agent>();

  constructor(options: RegistryHttpOptions = {}) {
    this.#options = options;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agent(url: URL): http.Agent {
    const trusted = this.#options.trusted?.host === url.host ? this.#options.trusted : undefined;
    const key = `${url.protocol}${trusted === undefined ? '' : url.host}${isLoopbackHost(url.host)}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    // Proxies are the environment's, as for other tools; this machine is not reached through one.
    const shared = { keepAlive: true, ...(isLoopbackHost(url.host) ? {} : { proxyEnv: process.env }) };
    const agent =
      url.protocol === 'http:'
        ? new http.Agent(shared)
        : new https.Agent({ ...shared, ...(trusted === undefined ? {} : { ca: trusted.ca }) });
    this.#agents.set(key, agent);
    return agent;
  }

  /**
   * One request; any status but the transient ones is an answer at once. A request is repeated only when `repeatable`
   * (GET, HEAD, and PUT of what has a digest) and the network or the service failed in passing.
   * @throws REGISTRY_UNREACHABLE, INTERRUPTED
   */
  async send(request: RegistryRequest, repeatable = true): Promise<RegistryResponse> {
    const firstDelayMs = this.#options.retryDelayMs ?? 500;
    for (let attempt = 1; ; attempt += 1) {
      throwIfAborted(request.signal);
      const isLast = !repeatable || attempt === maxAttempts;
      try {
        const response = await this.#follow(request);
        if (isLast || !transientStatus.has(response.status)) return response;
        response.stream?.destroy();
        await sleep(retryAfterMs(response.headers) ?? firstDelayMs * 2 ** (attempt - 1), request.signal);
      } catch (error) {
        if (error instanceof AmlDeitError) throw error;
        if (isLast || !isTransient(error)) throw unreachable(request.url, error);
        await sleep(firstDelayMs * 2 ** (attempt - 1), request.signal);
      }
    }
  }

  async #follow(request: RegistryRequest): Promise<RegistryResponse> {
    let current = request;
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#once(current);
      const { location } = response.headers;
      const isRedirect = [301, 302, 303, 307, 308].includes(response.status);
      if (!isRedirect || location === undefined || redirects === maxRedirects) return response;
      response.stream?.destroy();
      const url = new URL(location, current.url);
      if (current.url.protocol === 'https:' && url.protocol !== 'https:')
        throw new AmlDeitError(
          'REGISTRY_REFUSED',
          `${current.url.host} redirects to an address without TLS: ${url.host}`,
        );
      const { authorization, ...headers } = current.headers ?? {};
      const isSameHost = url.host === current.url.host;
      current = {
        ...request,
        url,
        headers: isSameHost && authorization !== undefined ? { ...headers, authorization } : headers,
      };
    }
  }

  #once(request: RegistryRequest): Promise<RegistryResponse> {
    return new Promise((resolve, reject) => {
      const { signal, url } = request;
      if (signal?.aborted === true) {
        reject(interrupted(signal));
        return;
      }
      const send = url.protocol === 'http:' ? http.request : https.request;
      const sent = send(url, {
        method: request.method,
        agent: this.#agent(url),
        headers: {
          'user-agent': `aml-deit/${packageVersion()}`,
          ...(request.body === undefined && request.method !== 'GET' && request.method !== 'HEAD'
            ? { 'content-length': '0' }
            : request.body === undefined
              ? {}
              : { 'content-length': String(request.body.length) }),
          ...request.headers,
        },
      });
      const onAbort = (): void => {
        sent.destroy();
        reject(interrupted(signal));
      };
      const fail = (error: Error): void => {
        signal?.removeEventListener('abort', onAbort);
        reject(error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      sent.setTimeout(idleTimeoutMs, () =>
        sent.destroy(
          Object.assign(new Error(`nothing came for ${idleTimeoutMs / 1000} s`), { code: 'ETIMEDOUT' }),
        ),
      );
      sent.on('error', fail);
      sent.on('response', (incoming) => {
        const status = incoming.statusCode ?? 0;
        const common = { status, headers: incoming.headers, url };
        if (request.stream === true && status >= 200 && status < 300) {
          incoming.on('close', () => signal?.removeEventListener('abort', onAbort));
          resolve({ ...common, body: Buffer.alloc(0), stream: incoming });
          return;
        }
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBodyBytes) sent.destroy(new Error('the answer is too large'));
          else parts.push(chunk);
        });
        incoming.on('error', fail);
        incoming.on('end', () => {
          signal?.removeEventListener('abort', onAbort);
          resolve({ ...common, body: Buffer.concat(parts) });
        });
      });
      sent.end(request.body);
    });
  }
}

/** A bad moment, rather than a mistake: a wrong host or port, no TLS, a certificate nobody trusts. */
function isTransient(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  return /^(ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_STREAM_PREMATURE_CLOSE|HPE_)/.test(
    code,
  );
}

function retryAfterMs(headers: http.IncomingHttpHeaders): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 60) * 1000 : undefined;
}

export function unreachable(url: URL, error: unknown): AmlDeitError {
  const code = systemErrorCode(error);
  return new AmlDeitError(
    'REGISTRY_UNREACHABLE',
    `the registry at ${url.host} cannot be reached: ${code === undefined ? errorMessage(error) : code}`,
    {
      hint: 'check the name, the network, HTTPS_PROXY (with NODE_USE_ENV_PROXY=1) and NODE_EXTRA_CA_CERTS; a registry without TLS needs --plain-http',
      cause: error,
    },
  );
}
