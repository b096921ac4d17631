import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { packageVersion } from '../io/index.ts';
import { manifestFileName, packageFileNames } from '../vision/index.ts';
import type { ModelManifest } from '../vision/index.ts';
import { hashFiles } from './checkpoint/hash-files.ts';
import { opset } from './onnx-graph.ts';
import type { Checkpoint } from './read-checkpoint.ts';
import type { Agreement } from './compare-packages.ts';
import { packageLayout, writePackageWeights } from './package-weights.ts';
import type { Precision } from './package-weights.ts';
import { publishDirectory } from './publish-directory.ts';
import { packageContentHash } from './package-hash.ts';
import { vitGraph } from './vit-graph.ts';

export interface WritePackageOptions {
  /** What the package is called, where the checkpoint does not say, and where it came from. */
  readonly origin?: { readonly name: string; readonly uri: string };
  /** Replace a package that is there already. */
  readonly force?: boolean;
  /** fp32 unless it is said. */
  readonly precision?: Precision;
  /**
   * Is shown the int8 package before it appears and says how far it agrees with the float32 model; what it throws
   * refuses the package.
   */
  readonly measure?: (directory: string) => Promise<Agreement>;
  readonly signal?: AbortSignal;
  /** Bytes of the weights that have been written. */
  readonly onBytes?: (bytes: number) => void;
}

export interface WrittenPackage {
  readonly directory: string;
  readonly manifest: ModelManifest;
  readonly contentHash: string;
  /** The folder held a package of the same content, and was left as it is. */
  readonly unchanged: boolean;
}

/**
 * Makes a model package of a checkpoint. The folder appears whole or not at all.
 * @throws OUTPUT_EXISTS when the folder holds something else; OUTPUT_NOT_WRITTEN; CHECKPOINT_INVALID for weights that
 * are not finite.
 */
export async function writePackage(
  checkpoint: Checkpoint,
  out: string,
  options: WritePackageOptions = {},
): Promise<WrittenPackage> {
  const written = await publishDirectory(out, options.force ?? false, (temporary) =>
    fillPackage(checkpoint, temporary, options),
  );
  const contentHash = packageContentHash(written.manifest);
  return { directory: out, manifest: written.manifest, contentHash, unchanged: written.unchanged };
}

async function fillPackage(
  checkpoint: Checkpoint,
  directory: string,
  options: WritePackageOptions,
): Promise<ModelManifest> {
  const { config, preprocessor, weights: weightsName, graph: graphName } = packageFileNames;
  const { precision = 'fp32' } = options;
  const graph = vitGraph(checkpoint.architecture, packageLayout(checkpoint, weightsName, precision).tensors);
  const small: [string, Uint8Array][] = [
    [config, checkpoint.config],
    [preprocessor, checkpoint.preprocessor],
    [graphName, graph],
  ];
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const [name, bytes] of small) {
    await writeFile(join(directory, name), bytes, { flag: 'wx' });
    files[name] = { bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  files[weightsName] = await writePackageWeights(checkpoint, join(directory, weightsName), options);

  const weightsSha256 = await hashFiles(checkpoint.weightFiles, options.signal);
  const manifest = manifestOf(checkpoint, weightsSha256, precision, files, options.origin);
  await writeManifest(directory, manifest);
  if (manifest.quantization === undefined || options.measure === undefined) return manifest;
  const { images, top1, maxDelta, meanDelta } = await options.measure(directory);
  const measured = {
    ...manifest,
    quantization: { ...manifest.quantization, agreement: { images, top1, maxDelta, meanDelta } },
  };
  await writeManifest(directory, measured);
  return measured;
}

async function writeManifest(directory: string, manifest: ModelManifest): Promise<void> {
  await writeFile(join(directory, manifestFileName), `${JSON.stringify(manifest, null, 2)}\n`);
}

function manifestOf(
  checkpoint: Checkpoint,
  weightsSha256: string,
  precision: Precision,
  files: ModelManifest['files'],
  origin: WritePackageOptions['origin'],
): ModelManifest {
  const { modelType, imageSize, patchSize, channels, hiddenSize, layers, heads, intermediateSize } =
    checkpoint.architecture;
  return {
    schemaVersion: 1,
    name: origin?.name ?? checkpoint.name,
    task: checkpoint.task,
    labels: checkpoint.labels,
    profile: checkpoint.profile ?? 'checkpoint',
    preprocessing: checkpoint.preprocessing,
    precision,
    ...(precision === 'int8'
      ? { quantization: { method: 'dynamic-per-channel', agreement: null } as const }
      : {}),
    architecture: {
      modelType,
      imageSize,
      patchSize,
      channels,
      hiddenSize,
      layers,
      heads,
      intermediateSize,
    },
    graph: { opset, input: 'pixel_values', logits: 'logits', features: 'features' },
    // The folder's name alone: a package that is pushed does not tell where on a disk it was made.
    source: {
      directory: origin?.name ?? (basename(resolve(checkpoint.source)) || '/'),
      weightsSha256,
      ...(origin === undefined ? {} : { uri: origin.uri }),
    },
    exporter: { name: 'aml-deit', version: packageVersion() },
    files: Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
