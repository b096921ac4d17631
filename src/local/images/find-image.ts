import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../errors/index.ts';
import { choosePlatform } from '../../oci/platform.ts';
import { isIndexType } from '../../oci/descriptors.ts';
import { isLoopbackHost } from '../../oci/registry-http.ts';
import { unpackImage } from '../../oci/unpack-image.ts';
import { parseImageReference, pullImage, RegistryClient } from '../../oci/index.ts';
import type {
  Descriptor,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  Platform,
  ResolvedImage,
} from '../../oci/index.ts';
import type { ImageStore } from './image-store.ts';

/** An image cannot be had, and why. */
export class ImagePullFailure extends Error {
  override readonly name = 'ImagePullFailure';
}

export interface FindImageOptions {
  readonly store: ImageStore;
  readonly port: () => number;
  readonly platform: Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Registries outside this machine that may be asked. */
  readonly pullFrom: readonly string[];
}

/** Where a name without a host is from, as docker has it. */
const defaultRegistry = 'docker.io';

function registryOf(text: string): string | undefined {
  try {
    return parseImageReference(text).registry ?? defaultRegistry;
  } catch {
    return undefined;
  }
}

/** Finds images by name, in the twin's own registry or in others, and unpacks them for running. */
export class ImageFinder {
  readonly #options: FindImageOptions;
  readonly #unpacking = new Map<string, Promise<string>>();

  constructor(options: FindImageOptions) {
    this.#options = options;
  }

  /** Whether a name is one of the twin's own registry. */
  isOwn(text: string): boolean {
    const { port } = this.#options;
    return [`127.0.0.1:${port()}/`, `localhost:${port()}/`].some((host) => text.startsWith(host));
  }

  /** Why the registry of a name is not asked; undefined for one that is, and for what is no name. */
  whyNotAsked(text: string): string | undefined {
    if (this.isOwn(text)) return undefined;
    const registry = registryOf(text);
    if (registry === undefined || isLoopbackHost(registry) || this.#options.pullFrom.includes(registry))
      return undefined;
    return `the local twin asks registries of this machine only; aml-deit local up --pull-from ${registry} lets it ask this one`;
  }

  /** The image that a name stands for now; its blobs are here afterwards. @throws ImagePullFailure */
  async find(text: string, signal: AbortSignal): Promise<ResolvedImage> {
    const { store, platform, env } = this.#options;
    try {
      const named = parseImageReference(text);
      if (this.isOwn(text)) return await this.#own(named.repository, named.digest ?? named.tag ?? 'latest');
      const notAsked = this.whyNotAsked(text);
      if (notAsked !== undefined) throw new Error(notAsked);
      const registry = named.registry ?? defaultRegistry;
      const repository =
        named.registry === undefined && !named.repository.includes('/')
          ? `library/${named.repository}`
          : named.repository;
      const client = new RegistryClient(registry, { env, signal });
      try {
        return await pullImage(client, { ...named, repository }, store.blobs, { platform, signal });
      } finally {
        client.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw new ImagePullFailure(errorMessage(error), { cause: error });
    }
  }

  async #own(repository: string, reference: string): Promise<ResolvedImage> {
    const { store, platform } = this.#options;
    const found = store.name(repository, reference);
    if (found === undefined) throw new Error(`the twin's registry has no image ${repository}:${reference}`);
    let descriptor: Descriptor = found;
    for (let depth = 0; isIndexType(descriptor.mediaType) && depth < 4; depth += 1) {
      const { manifests } = await store.blobs.readJson<ImageIndex>(descriptor);
      descriptor = choosePlatform(manifests, platform, `${repository}:${reference}`);
    }
    const manifest = await store.blobs.readJson<ImageManifest>(descriptor);
    return { descriptor, manifest, config: await store.blobs.readJson<ImageConfig>(manifest.config) };
  }

  /** The image's files in a folder, unpacked once for each image. */
  async unpack(image: ResolvedImage, signal: AbortSignal): Promise<string> {
    const { digest } = image.descriptor;
    // Whoever began it may have given up: that is no reason for the others.
    for (let known = this.#unpacking.get(digest); known !== undefined; known = this.#unpacking.get(digest)) {
      const folder = await known.catch(() => undefined);
      if (folder !== undefined) return folder;
      signal.throwIfAborted();
    }
    const work = this.#unpack(image, signal).finally(() => this.#unpacking.delete(digest));
    this.#unpacking.set(digest, work);
    return work;
  }

  async #unpack(image: ResolvedImage, signal: AbortSignal): Promise<string> {
    const { store } = this.#options;
    const folder = join(store.directory, 'unpacked');
    const target = join(folder, image.descriptor.digest.slice('sha256:'.length));
    if (existsSync(target)) return target;
    const temporary = `${target}.partial`;
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    try {
      await unpackImage(image, store.blobs, temporary, { signal });
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return target;
  }
}
