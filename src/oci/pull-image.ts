import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import type { BlobFiles } from './blob-files.ts';
import { isIndexType } from './descriptors.ts';
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest } from './descriptors.ts';
import { invalidImage } from './invalid-image.ts';
import type { ResolvedImage } from './layout.ts';
import { choosePlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import type { ImageReference } from './reference.ts';
import { formatImageReference } from './reference.ts';
import type { RegistryClient } from './registry-client.ts';

export interface PullOptions {
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
  /** Of one blob: bytes that are here, and all. */
  readonly onBlob?: (blob: Descriptor, bytes: number) => void;
}

const blobAttempts = 5;
const parallelBlobs = 3;
/** Sizes come from a stranger's manifest: no image of this kind is near it. */
const maxBlobBytes = 20 * 2 ** 30;

/**
 * Fetches an image for a platform into blob files; what is there already is not fetched again, and what broke off goes
 * on where it stopped. @throws the REGISTRY codes, OCI_IMAGE_INVALID, OUTPUT_NOT_WRITTEN, INTERRUPTED
 */
export async function pullImage(
  client: RegistryClient,
  reference: ImageReference,
  blobs: BlobFiles,
  options: PullOptions,
): Promise<ResolvedImage> {
  const { repository } = reference;
  let found = await client.getManifest(repository, reference.digest ?? reference.tag ?? 'latest');
  for (let depth = 0; isIndexType(found.descriptor.mediaType); depth += 1) {
    if (depth === 4) throw invalidImage(`${formatImageReference(reference)}: indexes that lead to indexes`);
    const index = parseJson(found.bytes) as ImageIndex;
    const chosen = choosePlatform(index.manifests, options.platform, formatImageReference(reference));
    found = await client.getManifest(repository, chosen.digest);
  }
  const manifest = parseJson(found.bytes) as ImageManifest;
  checkManifest(manifest, formatImageReference(reference));
  await blobs.write([found.bytes], { expected: found.descriptor, signal: options.signal });
  const pending = [manifest.config, ...manifest.layers];
  const workers = Array.from({ length: Math.min(parallelBlobs, pending.length) }, async () => {
    for (let blob = pending.shift(); blob !== undefined; blob = pending.shift())
      await pullBlob(client, repository, blob, blobs, options);
  });
  await Promise.all(workers);
  const config = await blobs.readJson<ImageConfig>(manifest.config);
  return { descriptor: found.descriptor, manifest, config };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw invalidImage('a manifest is no JSON', error);
  }
}

function checkManifest(manifest: ImageManifest, what: string): void {
  const isBlob = (blob: unknown): boolean => {
    const { digest, size, mediaType } = (blob ?? {}) as Record<string, unknown>;
    return (
      typeof digest === 'string' &&
      typeof mediaType === 'string' &&
      typeof size === 'number' &&
      Number.isSafeInteger(size) &&
      size >= 0 &&
      size <= maxBlobBytes
    );
  };
  if (!isBlob(manifest.config) || !Array.isArray(manifest.layers) || !manifest.layers.every(isBlob))
    throw invalidImage(`the manifest of ${what} is malformed`);
}

async function pullBlob(
  client: RegistryClient,
  repository: string,
  blob: Descriptor,
  blobs: BlobFiles,
  options: PullOptions,
): Promise<void> {
  if ((await blobs.size(blob.digest)) === blob.size) {
    options.onBlob?.(blob, blob.size);
    return;
  }
  await blobs.write(resuming(client, repository, blob, options.signal), {
    expected: blob,
    signal: options.signal,
    onBytes: (bytes) => options.onBlob?.(blob, bytes),
  });
}

/** The blob's bytes; a connection that breaks is opened again at the byte where it broke. */
async function* resuming(
  client: RegistryClient,
  repository: string,
  blob: Descriptor,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (let attempt = 1; offset < blob.size || attempt === 1; attempt += 1) {
    throwIfAborted(signal);
    const { status, stream } = await client.openBlob(repository, blob.digest, offset);
    if (stream === undefined) throw invalidImage(`the blob ${blob.digest} came without a body`);
    // A registry that knows no ranges starts over: what is here already is passed over.
    let skip = status === 206 ? 0 : offset;
    try {
      for await (const chunk of stream) {
        const bytes = chunk as Buffer;
        const fresh = bytes.subarray(Math.min(skip, bytes.length));
        skip -= bytes.length - fresh.length;
        if (fresh.length === 0) continue;
        offset += fresh.length;
        yield fresh;
      }
      if (offset >= blob.size) return;
      throw Object.assign(new Error('the connection ended early'), { code: 'ECONNRESET' });
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof AmlDeitError || systemErrorCode(error) === undefined || attempt >= blobAttempts)
        throw error;
    } finally {
      stream.destroy();
    }
  }
}
