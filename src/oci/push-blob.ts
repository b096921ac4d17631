import { AmlDeitError } from '../errors/index.ts';
import { sleep, throwIfAborted } from '../io/index.ts';
import type { BlobFiles } from './blob-files.ts';
import type { Descriptor } from './descriptors.ts';
import { invalidImage } from './invalid-image.ts';
import type { RegistryClient } from './registry-client.ts';
import { pullScope } from './registry-client.ts';
import { registryError } from './registry-error.ts';
import type { RegistryResponse } from './registry-http.ts';
import type { UploadSessions } from './upload-sessions.ts';

export interface PushTarget {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly blobs: BlobFiles;
  readonly sessions: UploadSessions;
  readonly chunkBytes: number;
  /** Before an upload goes on after it broke off; doubles each time. */
  readonly retryDelayMs: number;
  /** Repositories of the same registry that may hold the blob already. */
  readonly mountFrom: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (blob: Descriptor, sent: number) => void;
}

export interface PushedBlob {
  readonly how: 'existing' | 'mounted' | 'uploaded';
  /** Bytes that went over the network; fewer than the blob has when an upload went on. */
  readonly sentBytes: number;
}

const maxAttempts = 6;
const maxMounts = 8;

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}

/**
 * Makes a registry have a blob: it has it; it takes it over from another repository; or it is sent in chunks, from where
 * the last attempt stopped. @throws the REGISTRY codes, OCI_IMAGE_INVALID, INTERRUPTED
 */
export async function pushBlob(target: PushTarget, blob: Descriptor): Promise<PushedBlob> {
  const { client, repository, blobs } = target;
  const size = await blobs.size(blob.digest);
  if (size !== blob.size)
    throw invalidImage(
      size === undefined
        ? `the blob ${blob.digest} is missing in ${blobs.directory}`
        : `the blob ${blob.digest} in ${blobs.directory} has ${size} bytes, expected ${blob.size}`,
    );
  const scopes = [pushScope(repository)];
  const head = await client.request({ method: 'HEAD', path: `${repository}/blobs/${blob.digest}`, scopes });
  if (head.status === 200) return { how: 'existing', sentBytes: 0 };
  if (head.status !== 404) throw registryError(`the question for ${blob.digest}`, client.registry, head);

  const key = `${client.registry}/${repository}@${blob.digest}`;
  let at = target.sessions.get(key);
  let offset = at === undefined ? 0 : await uploadedBytes(target, at);
  if (at === undefined || offset === undefined) {
    const started = await mountOrStart(target, blob);
    if (started === 'mounted') return { how: 'mounted', sentBytes: 0 };
    at = started;
    offset = 0;
  }
  let sentBytes = 0;
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(target.signal);
    await target.sessions.set(key, at);
    try {
      sentBytes += await sendFrom(target, blob, at, offset, (location) => (at = location));
      await target.sessions.set(key, undefined);
      return { how: 'uploaded', sentBytes };
    } catch (error) {
      if (!(error instanceof AmlDeitError) || !isResumable(error) || attempt === maxAttempts) throw error;
      await sleep(target.retryDelayMs * 2 ** (attempt - 1), target.signal);
      const there = await uploadedBytes(target, at);
      // Where the registry goes on and where it says it does may differ by a byte: such an upload is begun anew.
      const isStuck = there === 0 && error.details?.['status'] === 416;
      if (there === undefined || isStuck) {
        const started = await mountOrStart(target, blob);
        if (started === 'mounted') return { how: 'mounted', sentBytes };
        at = started;
      }
      offset = there ?? 0;
    }
  }
}

/** What may be otherwise in a moment: the network, a service that is busy, an upload that the registry has forgotten. */
function isResumable(error: AmlDeitError): boolean {
  if (error.code === 'REGISTRY_UNREACHABLE') return true;
  const status = Number(error.details?.['status'] ?? 0);
  return status >= 500 || [404, 408, 409, 416, 429].includes(status);
}

/** How much of an upload the registry has; undefined when it does not know the upload. */
async function uploadedBytes(target: PushTarget, at: URL): Promise<number | undefined> {
  const response = await target.client.request({
    method: 'GET',
    path: at,
    scopes: [pushScope(target.repository)],
  });
  if (response.status !== 204 && response.status !== 202) return undefined;
  const end = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.range ?? '')?.[1];
  // `0-0` is one byte or, for registries that cannot say "nothing", nothing: the latter is what it means in practice.
  return end === undefined || end === '0' ? 0 : Number(end) + 1;
}

async function mountOrStart(target: PushTarget, blob: Descriptor): Promise<URL | 'mounted'> {
  const { client, repository } = target;
  for (const from of target.mountFrom.filter((name) => name !== repository).slice(0, maxMounts)) {
    const query = new URLSearchParams({ mount: blob.digest, from });
    const response = await client.request({
      method: 'POST',
      path: `${repository}/blobs/uploads/?${query.toString()}`,
      scopes: [pushScope(repository), pullScope(from)],
      repeatable: false,
    });
    if (response.status === 201) return 'mounted';
    // A registry that cannot mount starts an upload instead; one that refuses the source is asked without it.
    if (response.status === 202) return locationOf(response, client.registry);
  }
  const response = await client.request({
    method: 'POST',
    path: `${repository}/blobs/uploads/`,
    scopes: [pushScope(repository)],
  });
  if (response.status !== 202) throw registryError(`an upload to ${repository}`, client.registry, response);
  return locationOf(response, client.registry);
}

function locationOf(response: RegistryResponse, registry: string): URL {
  const { location } = response.headers;
  if (location === undefined || !URL.canParse(location, response.url.href))
    throw new AmlDeitError('REGISTRY_REFUSED', `${registry} did not say where an upload goes on`);
  return new URL(location, response.url);
}

/** Sends what is missing and closes the upload. Returns the bytes that were sent. */
async function sendFrom(
  target: PushTarget,
  blob: Descriptor,
  start: URL,
  offset: number,
  onLocation: (at: URL) => void,
): Promise<number> {
  const { client, repository } = target;
  const scopes = [pushScope(repository)];
  let at = start;
  let done = offset;
  for await (const chunk of chunksOf(target.blobs.read(blob.digest, offset), target.chunkBytes)) {
    throwIfAborted(target.signal);
    const response = await client.request({
      method: 'PATCH',
      path: at,
      scopes,
      body: chunk,
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${done}-${done + chunk.length - 1}`,
      },
      // A chunk that arrived although its answer was lost must not be sent a second time: the registry is asked first.
      repeatable: false,
    });
    if (response.status !== 202)
      throw registryError(`bytes ${done}- of ${blob.digest}`, client.registry, response);
    at = locationOf(response, client.registry);
    onLocation(at);
    await target.sessions.set(`${client.registry}/${repository}@${blob.digest}`, at);
    done += chunk.length;
    target.onBytes?.(blob, done);
  }
  const closing = new URL(at);
  closing.searchParams.set('digest', blob.digest);
  const response = await client.request({ method: 'PUT', path: closing, scopes, repeatable: false });
  if (response.status !== 201) throw registryError(`the end of ${blob.digest}`, client.registry, response);
  return done - offset;
}

async function* chunksOf(content: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const part of content) {
    for (let rest = part; rest.length > 0;) {
      const taken = rest.subarray(0, bytes - length);
      parts.push(taken);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length < bytes) continue;
      yield Buffer.concat(parts, length);
      parts = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(parts, length);
}
