import { join, resolve } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import type { BuiltImage } from '../image/index.ts';
import { packageVersion, requirePeer, silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import { amlDeitHome } from '../io/twin-descriptor.ts';
import type { Platform } from '../oci/index.ts';

export type { BuiltImage, BuiltLayer } from '../image/index.ts';
export type { Platform } from '../oci/index.ts';

export interface BuildImageOptions extends ActionContext {
  /** `REGISTRY/REPOSITORY@sha256:…`, or `oci:DIR` for an OCI image layout. */
  readonly base: string;
  /** Folder of the OCI image layout that is written; new, empty, or with an earlier one of ours, which is replaced. */
  readonly out: string;
  /** `['linux/amd64']` by default. */
  readonly platforms?: readonly Platform[];
  /** A model package that becomes a layer of its own. */
  readonly model?: string;
  /** 1 (fast) to 9 (small); 6 by default. Another level is another digest. */
  readonly compression?: number;
  /** The base's registry speaks HTTP. */
  readonly plainHttp?: boolean;
  /** Instead of `process.env`: `AML_DEIT_HOME` (the cache), `DOCKER_CONFIG`, `HOME`. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface BuildImageResult {
  readonly directory: string;
  /** What the layout's index names: a manifest, or an index of several. */
  readonly digest: string;
  readonly images: readonly (Omit<BuiltImage, 'descriptor'> & {
    readonly digest: string;
    /** Compressed bytes that we add to the base, the model's layer left out. */
    readonly addedBytes: number;
  })[];
}

/**
 * Makes an OCI image layout of the scoring server, without a container daemon.
 * @throws IMAGE_REFERENCE_INVALID, IMAGE_BASE_UNFIT, IMAGE_OPTIONS_INVALID, OCI_IMAGE_INVALID, IMAGE_PACKAGE_MISSING,
 * PEER_MISSING, PACKAGE_NOT_FOUND, PACKAGE_INVALID, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN, the REGISTRY codes, INTERRUPTED.
 */
export async function buildImage(options: BuildImageOptions): Promise<BuildImageResult> {
  const { platforms: known, ImageLayout } = await import('../oci/index.ts');
  const platforms = [...new Set(options.platforms ?? ['linux/amd64' as const])];
  const { compression = 6 } = options;
  const strange = platforms.find((platform) => !known.includes(platform));
  if (strange !== undefined || platforms.length === 0)
    throw invalid(
      `"${strange ?? ''}" is no platform that images are built for, expected ${known.join(' or ')}`,
    );
  if (!Number.isInteger(compression) || compression < 1 || compression > 9)
    throw invalid(`the compression is ${compression}, expected a whole number from 1 to 9`);
  for (const peer of ['onnxruntime-node', 'sharp'] as const) requirePeer(peer);
  const model = options.model === undefined ? undefined : await readModel(options.model, options.signal);

  const host = options.host ?? silentHost;
  const image = await import('../image/index.ts');
  const layout = new ImageLayout(options.out);
  await layout.refuseForeign(image.labels.version);
  if (options.base.startsWith('oci:') && resolve(options.base.slice('oci:'.length)) === resolve(options.out))
    throw invalid(
      `the base is in ${options.out}, where the image is to be: name another folder for one of them`,
    );
  const built: BuiltImage[] = [];
  try {
    for (const platform of platforms)
      built.push(
        await image.buildImage({
          base: options.base,
          platform,
          layout,
          cache: join(amlDeitHome(options.env), 'cache'),
          compression,
          registry: {
            ...(options.env === undefined ? {} : { env: options.env }),
            ...(options.plainHttp === undefined ? {} : { plainHttp: options.plainHttp }),
          },
          signal: options.signal,
          ...(model === undefined ? {} : { model }),
          onStep: (step, current, total) =>
            host.progress({
              id: `image-${platform}-${step}`,
              text: `${platform}: ${step}`,
              state: current !== undefined && current === total ? 'done' : 'running',
              ...(current === undefined ? {} : { current, unit: 'bytes' as const }),
              ...(total === undefined ? {} : { total }),
            }),
        }),
      );
    const [only] = built;
    const root =
      built.length === 1 && only !== undefined
        ? only.descriptor
        : await image.writeImageIndex(
            layout,
            built.map(({ descriptor }) => descriptor),
          );
    await layout.publish([
      { ...root, annotations: { 'org.opencontainers.image.ref.name': packageVersion() } },
    ]);
    return {
      directory: options.out,
      digest: root.digest,
      images: built.map(({ descriptor, platform, base, node, layers }) => ({
        platform,
        digest: descriptor.digest,
        base,
        node,
        layers,
        addedBytes: layers
          .filter(({ name }) => name !== 'base' && name !== 'model')
          .reduce((sum, { bytes }) => sum + bytes, 0),
      })),
    };
  } catch (error) {
    host.progress({ id: 'image-build', text: 'the image was not built', state: 'failed' });
    throw error;
  }
}

async function readModel(
  directory: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly directory: string; readonly contentHash: string }> {
  const { readModelPackage } = await import('../vision/read-model-package.ts');
  const { readFolderContent } = await import('../io/index.ts');
  await readModelPackage(directory);
  return { directory, contentHash: (await readFolderContent(directory, signal)).contentHash };
}

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('IMAGE_OPTIONS_INVALID', message);
}
