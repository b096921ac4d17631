import { AmlDeitError } from '../errors/index.ts';
import {
  architectureOf,
  BlobFiles,
  formatImageReference,
  ImageLayout,
  parseImageReference,
  pullImage,
  RegistryClient,
} from '../oci/index.ts';
import type { Descriptor, ImageReference, Platform, RegistryOptions, ResolvedImage } from '../oci/index.ts';

export interface BaseImage extends ResolvedImage {
  readonly blobs: BlobFiles;
  /** `REGISTRY/REPOSITORY@sha256:…`; undefined for a layout in a folder. */
  readonly reference?: string;
}

export interface OpenBaseOptions {
  readonly platform: Platform;
  /** Pulled images stay here. */
  readonly cache: string;
  readonly registry?: RegistryOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onBlob?: (blob: Descriptor, bytes: number) => void;
}

/**
 * The image that ours is built on: `oci:DIR`, or one of a registry by its digest.
 * @throws IMAGE_REFERENCE_INVALID, IMAGE_BASE_UNFIT, FILE_NOT_FOUND, OCI_IMAGE_INVALID, the REGISTRY codes
 */
export async function openBase(base: string, options: OpenBaseOptions): Promise<BaseImage> {
  const found = base.startsWith('oci:')
    ? await openLayout(base.slice('oci:'.length), options.platform)
    : await pullBase(base, options);
  const { os, architecture } = found.config;
  if (os !== 'linux' || architecture !== architectureOf(options.platform))
    throw new AmlDeitError(
      'IMAGE_BASE_UNFIT',
      `the base ${base} is for ${os}/${architecture}, expected ${options.platform}`,
      { hint: 'name the base for this platform, or say --platform' },
    );
  return found;
}

async function openLayout(directory: string, platform: Platform): Promise<BaseImage> {
  const layout = new ImageLayout(directory);
  return { ...(await layout.resolve(platform)), blobs: layout.blobs };
}

async function pullBase(base: string, options: OpenBaseOptions): Promise<BaseImage> {
  const named = parseImageReference(base);
  // The short names of Docker Hub, as every tool reads them.
  const reference: ImageReference & { readonly registry: string } =
    named.registry === undefined
      ? {
          ...named,
          registry: 'docker.io',
          repository: named.repository.includes('/') ? named.repository : `library/${named.repository}`,
        }
      : { ...named, registry: named.registry };
  const client = new RegistryClient(reference.registry, {
    ...options.registry,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    if (reference.digest === undefined) throw await withoutDigest(client, reference);
    const blobs = new BlobFiles(options.cache);
    const image = await pullImage(client, reference, blobs, options);
    const { tag: _tag, ...pinned } = reference;
    return { ...image, blobs, reference: formatImageReference(pinned) };
  } finally {
    client.close();
  }
}

/** A tag is another image tomorrow: the error says what it is today. */
async function withoutDigest(client: RegistryClient, reference: ImageReference): Promise<AmlDeitError> {
  const { descriptor } = await client.getManifest(reference.repository, reference.tag ?? 'latest');
  const text = formatImageReference(reference);
  return new AmlDeitError(
    'IMAGE_BASE_UNFIT',
    `the base ${text} has no digest: it would be another image tomorrow`,
    {
      hint: `now it is --base ${text}@${descriptor.digest}`,
      details: { digest: descriptor.digest },
    },
  );
}
