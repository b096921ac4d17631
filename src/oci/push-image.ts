import { readFile } from 'node:fs/promises';
import type { BlobFiles } from './blob-files.ts';
import { isIndexType, manifestTypes } from './descriptors.ts';
import type { Descriptor, ImageIndex, ImageManifest } from './descriptors.ts';
import { pushBlob, pushScope } from './push-blob.ts';
import type { PushedBlob, PushTarget } from './push-blob.ts';
import type { RegistryClient } from './registry-client.ts';
import { registryError } from './registry-error.ts';
import type { UploadSessions } from './upload-sessions.ts';

export interface PushImageOptions {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly tag: string;
  readonly blobs: BlobFiles;
  readonly sessions: UploadSessions;
  readonly mountFrom?: readonly string[];
  /** Bytes of one request; 8 MiB by default. */
  readonly chunkBytes?: number;
  readonly signal?: AbortSignal;
  readonly onBytes?: (blob: Descriptor, sent: number) => void;
  readonly onBlob?: (blob: Descriptor, pushed: PushedBlob) => void;
}

export interface PushedImage {
  readonly digest: string;
  readonly blobs: readonly (PushedBlob & { readonly digest: string; readonly size: number })[];
  /** The registry had this very manifest under this tag already. */
  readonly unchanged: boolean;
}

const parallelBlobs = 3;
const defaultChunkBytes = 8 * 2 ** 20;

/** Sends an image, or an index of images, and names it: blobs first, what refers to them last. */
export async function pushImage(root: Descriptor, options: PushImageOptions): Promise<PushedImage> {
  const { client, repository, blobs } = options;
  const manifests: Descriptor[] = [];
  const wanted = new Map<string, Descriptor>();
  const collect = async (descriptor: Descriptor): Promise<void> => {
    if (isIndexType(descriptor.mediaType)) {
      for (const child of (await blobs.readJson<ImageIndex>(descriptor)).manifests) await collect(child);
    } else {
      const { config, layers } = await blobs.readJson<ImageManifest>(descriptor);
      for (const blob of [config, ...layers]) wanted.set(blob.digest, blob);
    }
    manifests.push(descriptor);
  };
  await collect(root);

  const target: PushTarget = {
    client,
    repository,
    blobs,
    sessions: options.sessions,
    chunkBytes: options.chunkBytes ?? defaultChunkBytes,
    retryDelayMs: 250,
    mountFrom: options.mountFrom ?? [],
    signal: options.signal,
    ...(options.onBytes === undefined ? {} : { onBytes: options.onBytes }),
  };
  const pending = [...wanted.values()];
  const pushed = new Map<string, PushedBlob>();
  const workers = Array.from({ length: Math.min(parallelBlobs, pending.length) }, async () => {
    for (let blob = pending.shift(); blob !== undefined; blob = pending.shift()) {
      const result = await pushBlob(target, blob);
      pushed.set(blob.digest, result);
      options.onBlob?.(blob, result);
    }
  });
  // The first failure ends the push; the other workers' failures are its consequences.
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;

  for (const manifest of manifests.filter(({ digest }) => digest !== root.digest))
    await putManifest(client, repository, manifest.digest, manifest, blobs);
  const unchanged = (await digestOf(client, repository, options.tag)) === root.digest;
  if (!unchanged) await putManifest(client, repository, options.tag, root, blobs);
  return {
    digest: root.digest,
    blobs: [...wanted.values()].map(({ digest, size }) => {
      const { how, sentBytes } = pushed.get(digest) ?? { how: 'existing' as const, sentBytes: 0 };
      return { digest, size, how, sentBytes };
    }),
    unchanged,
  };
}

async function digestOf(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<string | undefined> {
  const response = await client.request({
    method: 'HEAD',
    path: `${repository}/manifests/${tag}`,
    scopes: [pushScope(repository)],
    headers: { accept: manifestTypes.join(', ') },
  });
  const digest = response.headers['docker-content-digest'];
  return response.status === 200 && typeof digest === 'string' ? digest : undefined;
}

async function putManifest(
  client: RegistryClient,
  repository: string,
  name: string,
  manifest: Descriptor,
  blobs: BlobFiles,
): Promise<void> {
  const response = await client.request({
    method: 'PUT',
    path: `${repository}/manifests/${name}`,
    scopes: [pushScope(repository)],
    body: await readFile(blobs.path(manifest.digest)),
    headers: { 'content-type': manifest.mediaType },
  });
  if (response.status !== 201)
    throw registryError(`the manifest of ${repository}:${name}`, client.registry, response);
}
