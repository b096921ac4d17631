import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '../io/index.ts';
import type { TensorSource } from '../io/index.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

export interface RandomCheckpointOptions {
  readonly directory: string;
  readonly seed: number;
  readonly labels: readonly string[];
  /** Pixels of a side; a multiple of `patchSize`. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Channels of a token; the first twelve hold its position. At least eight a head. */
  readonly hiddenSize: number;
  readonly heads: number;
}

/** Half waves over the grid of patches: slow ones, so that a feature says roughly where its patch lies. */
const waves = [1, 2, 3] as const;
const positionChannels = 4 * waves.length;
const layers = 2;

/**
 * Writes a Hugging Face ViT folder of two layers whose weights are random, nothing in it learned. Random numbers all
 * over make poor features, so they are random where a trained ViT has learned something similar:
 *
 * - the patch embedding is a bank of random filters, oriented waves under a bell and patch means, grey or in a random
 *   colour, as the first layers of trained networks are;
 * - position embeddings are slow sines and cosines of row and column, in channels of their own;
 * - the first layer's MLP makes random non-linear features of what a patch shows and where it lies; its attention adds
 *   nothing;
 * - in the last layer each head of the CLS token looks broadly at a region of its own, so that the token ends as random
 *   projections of the features' averages there. The layer's MLP adds nothing.
 *
 * A linear head on the CLS token then has something to tell simple pictures apart by. It is no substitute for a trained
 * checkpoint, and the head is all that is ever fitted. The same seed gives the same bytes.
 */
export async function writeRandomCheckpoint(options: RandomCheckpointOptions): Promise<void> {
  const { directory, labels, imageSize, patchSize, hiddenSize: width, heads } = options;
  await mkdir(directory, { recursive: true });
  const config = {
    architectures: ['ViTForImageClassification'],
    model_type: 'vit',
    image_size: imageSize,
    patch_size: patchSize,
    num_channels: 3,
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: width,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    qkv_bias: true,
    id2label: Object.fromEntries(labels.map((label, index) => [index, label])),
    label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
  };
  // The DeiT base checkpoint's own.
  const preprocessor = {
    do_normalize: true,
    do_resize: true,
    image_mean: [0.5, 0.5, 0.5],
    image_std: [0.5, 0.5, 0.5],
    size: imageSize,
  };
  await writeFile(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(join(directory, 'preprocessor_config.json'), `${JSON.stringify(preprocessor, null, 2)}\n`);
  await writeSafetensors(join(directory, 'model.safetensors'), tensors(options));
}

function tensors(options: RandomCheckpointOptions): TensorSource[] {
  const { imageSize, patchSize, hiddenSize: width, labels, seed } = options;
  const content = width - positionChannels;
  /** Normally distributed; what `scaleAt` puts at zero stays zero. */
  const normal = (
    name: string,
    shape: readonly [number, number],
    scaleAt: (row: number, column: number) => number,
  ): TensorSource => ({ name, shape, data: normalMatrix(createRandom(seed, name), shape, scaleAt) });
  const filled = (name: string, shape: readonly number[], value = 0): TensorSource => ({
    name,
    shape,
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value),
  });
  const norm = (name: string): TensorSource[] => [
    filled(`${name}.weight`, [width], 1),
    filled(`${name}.bias`, [width]),
  ];
  const square = [width, width] as const;
  const isContent = (channel: number): boolean => channel >= positionChannels;

  const regions = regionAttention(options);
  const block = (layer: number): TensorSource[] => {
    const prefix = `vit.encoder.layer.${layer}`;
    const attention = `${prefix}.attention.attention`;
    const pools = layer === layers - 1;
    return [
      ...norm(`${prefix}.layernorm_before`),
      filled(`${attention}.query.weight`, square),
      { name: `${attention}.query.bias`, shape: [width], data: regions.query },
      { name: `${attention}.key.weight`, shape: square, data: regions.key },
      filled(`${attention}.key.bias`, [width]),
      normal(`${attention}.value.weight`, square, (_, column) => (isContent(column) ? content ** -0.5 : 0)),
      filled(`${attention}.value.bias`, [width]),
      normal(`${prefix}.attention.output.dense.weight`, square, (row) =>
        pools && isContent(row) ? 3 * width ** -0.5 : 0,
      ),
      filled(`${prefix}.attention.output.dense.bias`, [width]),
      ...norm(`${prefix}.layernorm_after`),
      // Large enough for the GELU to bend, and heavier on where than on what: a feature belongs to a region.
      normal(
        `${prefix}.intermediate.dense.weight`,
        square,
        (_, column) => (isContent(column) ? 2.5 : 3.75) * width ** -0.5,
      ),
      {
        name: `${prefix}.intermediate.dense.bias`,
        shape: [width],
        data: normalMatrix(createRandom(seed, `${prefix} thresholds`), [1, width], () => 0.5),
      },
      normal(`${prefix}.output.dense.weight`, square, (row) =>
        !pools && isContent(row) ? 3 * width ** -0.5 : 0,
      ),
      filled(`${prefix}.output.dense.bias`, [width]),
    ];
  };
  return [
    filled('vit.embeddings.cls_token', [1, 1, width]),
    positionEmbeddings(imageSize / patchSize, width),
    {
      name: 'vit.embeddings.patch_embeddings.projection.weight',
      shape: [width, 3, patchSize, patchSize],
      data: patchFilters(createRandom(seed, 'patch filters'), width, patchSize),
    },
    filled('vit.embeddings.patch_embeddings.projection.bias', [width]),
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
    ...norm('vit.layernorm'),
    normal('classifier.weight', [labels.length, width], () => 0.02),
    filled('classifier.bias', [labels.length]),
  ];
}

/**
 * Queries and keys by which every token's head attends to a region: keys are the positions' slowest waves, and the query
 * of a head is what these are in the middle of its cell of a grid, four cells wide. Only the last layer's attention adds
 * anything, and there only the CLS token is read.
 */
function regionAttention({ imageSize, patchSize, hiddenSize: width, heads }: RandomCheckpointOptions): {
  readonly query: Float32Array;
  readonly key: Float32Array;
} {
  const side = imageSize / patchSize;
  const headSize = width / heads;
  const columns = Math.min(heads, 4);
  const rows = Math.ceil(heads / columns);
  const query = new Float32Array(width);
  const key = new Float32Array(width * width);
  // Attention divides by the root of the head's size: with this a patch on the spot weighs e⁴ more than a far one.
  const gain = headSize ** 0.25;
  for (let head = 0; head < heads; head += 1) {
    const column = ((side - 1) * ((head % columns) + 0.5)) / columns;
    const row = ((side - 1) * (Math.floor(head / columns) + 0.5)) / rows;
    const position = positionValues(column, row, side).slice(0, 8);
    for (const [channel, value] of position.entries()) {
      query[head * headSize + channel] = gain * value;
      key[(head * headSize + channel) * width + channel] = gain;
    }
  }
  return { query, key };
}

/** Cosine and sine of column and row, wave after wave. */
function positionValues(column: number, row: number, side: number): number[] {
  return waves.flatMap((wave) => {
    const turn = (Math.PI * wave) / side;
    return [Math.cos(turn * column), Math.sin(turn * column), Math.cos(turn * row), Math.sin(turn * row)];
  });
}

function positionEmbeddings(side: number, width: number): TensorSource {
  const tokens = 1 + side ** 2;
  const data = new Float32Array(tokens * width);
  for (let token = 1; token < tokens; token += 1) {
    data.set(positionValues((token - 1) % side, Math.floor((token - 1) / side), side), token * width);
  }
  return { name: 'vit.embeddings.position_embeddings', shape: [1, tokens, width], data };
}

/** One filter a content channel, `[width, 3, patch, patch]`. */
function patchFilters(random: Random, width: number, patch: number): Float32Array {
  const area = patch ** 2;
  const filters = new Float32Array(width * 3 * area);
  for (let channel = positionChannels; channel < width; channel += 1) {
    const isMean = random.chance(0.3);
    const colour =
      isMean || random.chance(0.3) ? randomColour(random) : [1, 1, 1].map(() => Math.sqrt(1 / 3));
    const wave = isMean ? new Float64Array(area).fill(0.8 / area) : orientedWave(random, patch);
    for (const [plane, share] of colour.entries())
      for (const [pixel, value] of wave.entries())
        filters[(channel * 3 + plane) * area + pixel] = share * value;
  }
  return filters;
}

/** A direction in red, green, blue, of length 1: most of them set one colour against another. */
function randomColour(random: Random): number[] {
  const colour = [random.normal(), random.normal(), random.normal()];
  const length = Math.hypot(...colour);
  return colour.map((value) => value / length);
}

/** A wave of any direction under a bell somewhere in the patch: it sees edges and stripes, and no even surface. */
function orientedWave(random: Random, patch: number): Float64Array {
  const cycles = random.between(0.5, 1.6) / patch;
  const angle = random.between(0, Math.PI);
  const phase = random.between(0, 2 * Math.PI);
  const centreX = random.between(0.2, 0.8) * patch;
  const centreY = random.between(0.2, 0.8) * patch;
  const spread = random.between(0.125, 0.25) * patch;
  const values = Float64Array.from({ length: patch ** 2 }, (_, pixel) => {
    const x = pixel % patch;
    const y = Math.floor(pixel / patch);
    const bell = Math.exp(-((x - centreX) ** 2 + (y - centreY) ** 2) / (2 * spread ** 2));
    return bell * Math.cos(2 * Math.PI * cycles * (x * Math.cos(angle) + y * Math.sin(angle)) + phase);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.hypot(...centred);
  return centred.map((value) => (0.4 * value) / length);
}

function normalMatrix(
  random: Random,
  [rows, columns]: readonly [number, number],
  scaleAt: (row: number, column: number) => number,
): Float32Array {
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const scale = scaleAt(row, column);
      if (scale !== 0) values[row * columns + column] = scale * random.normal();
    }
  }
  return values;
}
