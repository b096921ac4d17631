import { createHash } from 'node:crypto';
import { gzip, mediaTypes, writeTar } from '../oci/index.ts';
import type {
  BlobFiles,
  Descriptor,
  ImageLayout,
  ImageManifest,
  Platform,
  RegistryOptions,
} from '../oci/index.ts';
import { readBaseFacts } from './base-facts.ts';
import { openBase } from './base-image.ts';
import type { BaseImage } from './base-image.ts';
import { nodePackage, runtimePackages } from './collect-packages.ts';
import { imageConfig } from './image-config.ts';
import { dependencyLayer, modelLayer, nodeLayer, serverLayer } from './image-layers.ts';
import type { PlannedLayer } from './image-layers.ts';
import { imageNodeVersion, imageRoot } from './platform-names.ts';
import { writeSbom } from './sbom.ts';

export interface BuildImageInput {
  readonly base: string;
  readonly platform: Platform;
  readonly layout: ImageLayout;
  /** Folder of fetched packages and pulled bases. */
  readonly cache: string;
  readonly model?: { readonly directory: string; readonly contentHash: string };
  /** 1 to 9. */
  readonly compression: number;
  readonly registry?: RegistryOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (step: string, bytes?: number, total?: number) => void;
}

export interface BuiltLayer {
  readonly name: 'base' | PlannedLayer['name'];
  readonly digest: string;
  /** Compressed, as it travels. */
  readonly bytes: number;
  readonly unpackedBytes?: number;
}

export interface BuiltImage {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  readonly base: { readonly digest: string; readonly reference?: string };
  /** Whose Node runs the server. */
  readonly node: { readonly version: string; readonly from: 'base' | 'npm' };
  readonly layers: readonly BuiltLayer[];
}

interface WrittenLayer {
  readonly name: PlannedLayer['name'];
  readonly descriptor: Descriptor;
  /** Of the archive before compression. */
  readonly diffId: string;
  readonly unpackedBytes: number;
}

async function writeLayer(
  layer: PlannedLayer,
  blobs: BlobFiles,
  input: BuildImageInput,
): Promise<WrittenLayer> {
  const total = layer.entries.reduce((sum, { size }) => sum + size, 0);
  const hash = createHash('sha256');
  let unpackedBytes = 0;
  async function* observed(): AsyncGenerator<Buffer> {
    for await (const chunk of writeTar(layer.entries)) {
      hash.update(chunk);
      unpackedBytes += chunk.length;
      // Headers come on top of the files' bytes, and compressing takes longer than reading: it is done when it is written.
      input.onStep?.(layer.name, Math.min(unpackedBytes, total - 1), total);
      yield chunk;
    }
  }
  const content = layer.compress ? gzip(observed(), input.compression) : observed();
  const written = await blobs.write(content, { signal: input.signal });
  input.onStep?.(layer.name, total, total);
  return {
    name: layer.name,
    descriptor: { mediaType: layer.compress ? mediaTypes.layerGzip : mediaTypes.layer, ...written },
    diffId: `sha256:${hash.digest('hex')}`,
    unpackedBytes,
  };
}

async function writeJson(blobs: BlobFiles, mediaType: string, value: object): Promise<Descriptor> {
  return { mediaType, ...(await blobs.write([Buffer.from(JSON.stringify(value))])) };
}

/** Docker's names of what OCI calls otherwise; the bytes are the same. */
function ociLayer({ mediaType, digest, size }: Descriptor): Descriptor {
  return {
    mediaType: mediaType === mediaTypes.dockerLayerGzip ? mediaTypes.layerGzip : mediaType,
    digest,
    size,
  };
}

async function copyBaseLayers(base: BaseImage, input: BuildImageInput): Promise<void> {
  for (const layer of base.manifest.layers) {
    if ((await input.layout.blobs.size(layer.digest)) === layer.size) continue;
    await input.layout.blobs.write(base.blobs.read(layer.digest), { expected: layer, signal: input.signal });
  }
}

/**
 * Writes the blobs and the manifest of the scoring image for one platform; the caller puts it into the layout's index.
 * The bytes are a function of the base, our files, the packages and the compression, and of nothing else.
 */
export async function buildImage(input: BuildImageInput): Promise<BuiltImage> {
  const { platform, layout, signal } = input;
  const fetching = {
    cache: `${input.cache}/packages`,
    signal,
    onFetch: (name: string) => input.onStep?.(`fetching ${name}`),
  };
  input.onStep?.(`base ${input.base}`);
  const base = await openBase(input.base, {
    platform,
    cache: `${input.cache}/images`,
    signal,
    ...(input.registry === undefined ? {} : { registry: input.registry }),
    onBlob: (blob, bytes) => input.onStep?.(`base ${blob.digest.slice(7, 19)}`, bytes, blob.size),
  });
  const facts = await readBaseFacts(base, signal);
  const packages = await runtimePackages(platform, fetching);
  const runtime = facts.node === undefined ? await nodePackage(platform, fetching) : undefined;
  const node = facts.node ?? `/${imageRoot}/node/bin/node`;
  const sbom = writeSbom({
    packages,
    ...(runtime === undefined ? {} : { node: { version: runtime.json.version } }),
    base: { name: base.reference ?? 'base', digest: base.descriptor.digest },
  });
  const planned = [
    ...(runtime === undefined ? [] : [await nodeLayer(runtime)]),
    await dependencyLayer(packages, platform),
    await serverLayer(node, sbom),
    ...(input.model === undefined ? [] : [await modelLayer(input.model.directory)]),
  ];
  await copyBaseLayers(base, input);
  const written = await Promise.all(planned.map((layer) => writeLayer(layer, layout.blobs, input)));
  const config = await writeJson(
    layout.blobs,
    mediaTypes.config,
    imageConfig({
      base,
      node,
      layers: written,
      ...(input.model === undefined ? {} : { model: input.model.contentHash }),
    }),
  );
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: [...base.manifest.layers.map(ociLayer), ...written.map(({ descriptor }) => descriptor)],
    annotations: {
      'org.opencontainers.image.base.digest': base.descriptor.digest,
      ...(base.reference === undefined ? {} : { 'org.opencontainers.image.base.name': base.reference }),
    },
  };
  const descriptor = await writeJson(layout.blobs, mediaTypes.manifest, manifest);
  const { os, architecture, variant } = base.config;
  return {
    platform,
    descriptor: {
      ...descriptor,
      platform: { os, architecture, ...(variant === undefined ? {} : { variant }) },
    },
    base: {
      digest: base.descriptor.digest,
      ...(base.reference === undefined ? {} : { reference: base.reference }),
    },
    node: {
      version: facts.nodeVersion ?? imageNodeVersion,
      from: facts.node === undefined ? 'npm' : 'base',
    },
    layers: [
      ...base.manifest.layers.map(({ digest, size }) => ({ name: 'base' as const, digest, bytes: size })),
      ...written.map(({ name, descriptor: { digest, size }, unpackedBytes }) => ({
        name,
        digest,
        bytes: size,
        unpackedBytes,
      })),
    ],
  };
}

/** The index of images for several platforms, as one blob. */
export function writeImageIndex(layout: ImageLayout, images: readonly Descriptor[]): Promise<Descriptor> {
  return writeJson(layout.blobs, mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images,
  });
}
