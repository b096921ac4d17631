import { createHash } from 'node:crypto';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { dockerCredential } from './credentials.ts';
import type { RegistryCredential } from './credentials.ts';
import { isDigest, manifestTypes, maxManifestBytes } from './descriptors.ts';
import type { Descriptor } from './descriptors.ts';
import { invalidImage } from './invalid-image.ts';
import { basicAuthorization, exchangeEntraToken, fetchToken, parseChallenge } from './registry-auth.ts';
import { registryError } from './registry-error.ts';
import { isLoopbackHost, RegistryHttp } from './registry-http.ts';
import type { RegistryHttpOptions, RegistryRequest, RegistryResponse } from './registry-http.ts';

export interface RegistryOptions extends RegistryHttpOptions {
  /** Instead of `process.env`: where docker's configuration and its helpers are. */
  readonly env?: NodeJS.ProcessEnv;
  /** Speaks HTTP to it. Without it only a registry of this machine that has no TLS is spoken to so. */
  readonly plainHttp?: boolean;
  /** For Azure Container Registry: an Entra ID token, asked for when docker's configuration has nothing. */
  readonly entraToken?: () => Promise<string>;
  readonly signal?: AbortSignal;
}

interface ScopedRequest extends Omit<RegistryRequest, 'url' | 'signal'> {
  /** Below `/v2/`, or where the registry said. */
  readonly path: string | URL;
  /** `repository:NAME:pull,push`. */
  readonly scopes: readonly string[];
  readonly repeatable?: boolean;
}

/** Docker Hub's API is not at the name that its images carry. */
const apiHosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

/** One registry, spoken to by the OCI distribution protocol, as whoever the machine is logged in as. */
export class RegistryClient {
  readonly registry: string;
  readonly #options: RegistryOptions;
  readonly #http: RegistryHttp;
  readonly #tokens = new Map<string, string>();
  #origin: Promise<string> | undefined;
  #credential: Promise<RegistryCredential | undefined> | undefined;
  #basic: string | undefined;

  constructor(registry: string, options: RegistryOptions = {}) {
    this.registry = registry;
    this.#options = options;
    this.#http = new RegistryHttp(options);
  }

  close(): void {
    this.#http.close();
  }

  /** `https://HOST`, or `http://HOST` where that is allowed and nothing else is spoken. */
  #findOrigin(): Promise<string> {
    this.#origin ??= (async () => {
      const host = apiHosts[this.registry] ?? this.registry;
      if (this.#options.plainHttp === true) return `http://${host}`;
      if (!isLoopbackHost(host)) return `https://${host}`;
      try {
        await this.#http.send({
          method: 'GET',
          url: new URL(`https://${host}/v2/`),
          signal: this.#options.signal,
        });
        return `https://${host}`;
      } catch (error) {
        const cause = error instanceof AmlDeitError ? systemErrorCode(error.cause) : undefined;
        // It answered, but not in TLS.
        if (cause === 'EPROTO' || cause?.startsWith('ERR_SSL') === true) return `http://${host}`;
        throw error;
      }
    })();
    return this.#origin;
  }

  #findCredential(origin: string): Promise<RegistryCredential | undefined> {
    this.#credential ??= (async () => {
      const found = await dockerCredential(this.registry, this.#options.env ?? process.env);
      if (found !== undefined || this.#options.entraToken === undefined) return found;
      const entraToken = await this.#options.entraToken();
      return exchangeEntraToken(this.#http, origin, entraToken, this.#options.signal);
    })();
    return this.#credential;
  }

  /** One request, with whatever the registry asks to be shown. Any status is an answer. */
  async request(request: ScopedRequest): Promise<RegistryResponse> {
    const origin = await this.#findOrigin();
    const { path, scopes, repeatable = true, ...rest } = request;
    const url = typeof path === 'string' ? new URL(`/v2/${path}`, origin) : path;
    // Uploads may be sent to another host: it has its own signature in the address and must not see our credentials.
    const isOwn = url.origin === origin;
    const key = scopes.join(' ');
    const send = (): Promise<RegistryResponse> => {
      const token = this.#tokens.get(key);
      const authorization = token === undefined ? this.#basic : `Bearer ${token}`;
      return this.#http.send(
        {
          ...rest,
          url,
          signal: this.#options.signal,
          headers: { ...rest.headers, ...(isOwn && authorization !== undefined ? { authorization } : {}) },
        },
        repeatable,
      );
    };
    const first = await send();
    if (first.status !== 401 || !isOwn) return first;
    const challenge = parseChallenge(first.headers['www-authenticate']);
    if (challenge === undefined) return first;
    const credential = await this.#findCredential(origin);
    if (challenge.scheme === 'basic') {
      if (credential?.kind !== 'password') return first;
      this.#basic = basicAuthorization(credential);
    } else {
      const token = await fetchToken(this.#http, {
        registry: this.registry,
        scopes: scopes.length > 0 ? scopes : challenge.scope === undefined ? [] : [challenge.scope],
        challenge,
        credential,
        isPlainHttp: origin.startsWith('http:'),
        signal: this.#options.signal,
      });
      this.#tokens.set(key, token);
    }
    return send();
  }

  /** What a tag or digest is, with its bytes. @throws REGISTRY_NOT_FOUND and the other REGISTRY codes, OCI_IMAGE_INVALID */
  async getManifest(
    repository: string,
    reference: string,
  ): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer }> {
    const what = `${this.registry}/${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
    const response = await this.request({
      method: 'GET',
      path: `${repository}/manifests/${reference}`,
      scopes: [pullScope(repository)],
      headers: { accept: manifestTypes.join(', ') },
    });
    if (response.status !== 200) throw registryError(`the request for ${what}`, this.registry, response);
    const bytes = response.body;
    if (bytes.length > maxManifestBytes) throw invalidImage(`the manifest of ${what} is too large`);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (isDigest(reference) && digest !== reference)
      throw invalidImage(`${this.registry} answered the request for ${what} with ${digest}`);
    return {
      descriptor: { mediaType: manifestTypeOf(response, bytes, what), digest, size: bytes.length },
      bytes,
    };
  }

  /** A blob from an offset, as a stream that is not checked. */
  async openBlob(repository: string, digest: string, start: number): Promise<RegistryResponse> {
    const response = await this.request({
      method: 'GET',
      path: `${repository}/blobs/${digest}`,
      scopes: [pullScope(repository)],
      headers: start === 0 ? {} : { range: `bytes=${start}-` },
      stream: true,
    });
    if (response.status !== 200 && response.status !== 206)
      throw registryError(
        `the request for ${this.registry}/${repository}@${digest}`,
        this.registry,
        response,
      );
    return response;
  }
}

function manifestTypeOf(response: RegistryResponse, bytes: Buffer, what: string): string {
  const named = response.headers['content-type']?.split(';')[0]?.trim() ?? '';
  if (manifestTypes.includes(named)) return named;
  try {
    const { mediaType } = JSON.parse(bytes.toString('utf8')) as { mediaType?: unknown };
    if (typeof mediaType === 'string' && manifestTypes.includes(mediaType)) return mediaType;
  } catch {
    // Said below.
  }
  throw invalidImage(
    `${what} is no image that is understood: ${named === '' ? 'it has no media type' : named}`,
  );
}
