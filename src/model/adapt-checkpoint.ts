import { AmlDeitError } from '../errors/index.ts';
import { preprocessingFromConfig, profilePreprocessing } from '../vision/index.ts';
import type { Preprocessing, ProfileName } from '../vision/index.ts';
import { gridSize, prefixTokens, sequenceLength, tensorNames } from './architecture.ts';
import { float32Values } from './checkpoint/float32-values.ts';
import { interpolatePositions } from './interpolate-positions.ts';
import { preprocessorDocument } from './preprocessor-document.ts';
import type { Checkpoint } from './read-checkpoint.ts';

export interface AdaptOptions {
  /** How pictures are prepared, instead of what the checkpoint says. */
  readonly profile?: ProfileName;
  /** Names of the classes, in the order of the classifier's rows, instead of the checkpoint's. */
  readonly labels?: readonly string[];
  /** Another side of the input in pixels: position embeddings are interpolated, resizing and cropping keep their ratio. */
  readonly imageSize?: number;
  readonly signal?: AbortSignal;
}

/** The sequence grows with the square of the side, and attention with its square: beyond this nobody waits for an answer. */
const maxImageSize = 2048;

/**
 * The same checkpoint for another use; its config and preprocessor documents say so.
 * @throws LABELS_INVALID; EXPORT_OPTIONS_INVALID for a size that the model cannot take.
 */
export async function adaptCheckpoint(checkpoint: Checkpoint, options: AdaptOptions): Promise<Checkpoint> {
  let adapted = checkpoint;
  if (options.labels !== undefined) adapted = withLabels(adapted, options.labels);
  const { height, width } = adapted.architecture.imageSize;
  if (options.imageSize !== undefined && (options.imageSize !== height || options.imageSize !== width)) {
    adapted = await withImageSize(adapted, options.imageSize, options.signal);
  }
  if (options.profile !== undefined) {
    // What is not the checkpoint's own is written down in its place, or the package would contradict itself.
    const preprocessing =
      options.profile === 'checkpoint'
        ? adapted.preprocessing
        : profilePreprocessing(options.profile, adapted.architecture.imageSize);
    adapted = { ...withPreprocessing(adapted, preprocessing), profile: options.profile };
  }
  return adapted;
}

function withLabels(checkpoint: Checkpoint, labels: readonly string[]): Checkpoint {
  const { labels: rows } = checkpoint.architecture;
  if (labels.length !== rows) {
    throw new AmlDeitError(
      'LABELS_INVALID',
      `${labels.length} labels are given, but the classifier has ${rows} rows`,
    );
  }
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw new AmlDeitError('LABELS_INVALID', `the label "${twice}" is given twice`);
  const config = changedConfig(checkpoint, {
    id2label: Object.fromEntries(labels.map((label, index) => [String(index), label])),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
  });
  const warnings = checkpoint.warnings.filter(
    ({ code }) => code !== 'LABELS_DEFAULTED' && code !== 'LABELS_ODD',
  );
  return { ...checkpoint, labels, config, warnings };
}

async function withImageSize(
  checkpoint: Checkpoint,
  imageSize: number,
  signal: AbortSignal | undefined,
): Promise<Checkpoint> {
  const { architecture, preprocessing } = checkpoint;
  const { imageSize: current, patchSize } = architecture;
  const from = gridSize(architecture);
  if (current.height !== current.width || from.height !== from.width) {
    throw new AmlDeitError(
      'EXPORT_OPTIONS_INVALID',
      `the checkpoint is for pictures of ${current.height}x${current.width}: positions are interpolated for square ones only`,
    );
  }
  const patch = Math.max(patchSize.height, patchSize.width);
  if (!Number.isInteger(imageSize) || imageSize < patch || imageSize > maxImageSize) {
    throw new AmlDeitError(
      'EXPORT_OPTIONS_INVALID',
      `the image size is ${imageSize}, expected a whole number from ${patch} (one patch) to ${maxImageSize}`,
    );
  }
  const resized = { ...architecture, imageSize: { height: imageSize, width: imageSize } };
  const { positions: name } = tensorNames(architecture);
  const stored = checkpoint.tensors.get(name);
  if (stored === undefined) throw new Error(`no tensor ${name}`);
  const pieces: Float32Array[] = [];
  for await (const piece of float32Values(stored, signal)) pieces.push(piece);
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let done = 0;
  for (const piece of pieces) {
    whole.set(piece, done);
    done += piece.length;
  }
  const width = architecture.hiddenSize;
  const positions = interpolatePositions(whole, {
    prefix: prefixTokens(architecture),
    from: from.height,
    to: gridSize(resized).height,
    width,
  });
  const shape = [1, sequenceLength(resized), width];
  const adapted: Checkpoint = {
    ...checkpoint,
    architecture: resized,
    tensors: new Map(checkpoint.tensors).set(name, { ...stored, shape }),
    computed: new Map(checkpoint.computed).set(name, positions),
    config: changedConfig(checkpoint, { image_size: imageSize }),
  };
  return withPreprocessing(adapted, scaled(preprocessing, current.height, imageSize));
}

function withPreprocessing(checkpoint: Checkpoint, preprocessing: Preprocessing): Checkpoint {
  const { channels, imageSize } = checkpoint.architecture;
  const document = preprocessorDocument(preprocessing, channels);
  return {
    ...checkpoint,
    preprocessing: preprocessingFromConfig(document, imageSize, channels),
    preprocessor: json(document),
  };
}

/** The same picture at another resolution: what is cut off keeps its share. */
function scaled(preprocessing: Preprocessing, from: number, to: number): Preprocessing {
  const scale = (side: number): number => Math.trunc((side * to) / from);
  const { resize, crop } = preprocessing;
  return {
    ...preprocessing,
    resize:
      resize.mode === 'shortest-edge'
        ? { mode: resize.mode, size: scale(resize.size) }
        : resize.mode === 'squash'
          ? { mode: resize.mode, height: scale(resize.height), width: scale(resize.width) }
          : resize,
    crop: crop === null ? null : { height: scale(crop.height), width: scale(crop.width) },
  };
}

function changedConfig(checkpoint: Checkpoint, change: Readonly<Record<string, unknown>>): Uint8Array {
  const config = JSON.parse(new TextDecoder().decode(checkpoint.config)) as Record<string, unknown>;
  return json({ ...config, ...change });
}

function json(document: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}
