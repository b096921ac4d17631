import { layOut } from '../vision/index.ts';
import type { Objective } from './minimize-lbfgs.ts';
import {
  blockRows,
  classesAtOnce,
  dimensionsAtOnce,
  exponentialConstants,
  getProbeKernels,
} from './probe-kernels.ts';
import type { ProbeKernels } from './probe-kernels.ts';

/** What the rows are: one class each, or any number of them. */
export type ProbeTargets =
  | { readonly kind: 'multiclass'; readonly labels: Int32Array }
  /** 0 or 1 per row and class, row after row. */
  | { readonly kind: 'multilabel'; readonly labels: Uint8Array };

/** A point is the weights `[classCount, dimensions]` followed by the biases. */
export interface ProbeRows {
  /** Row after row. */
  readonly features: Float64Array;
  readonly rows: number;
  readonly dimensions: number;
  readonly classCount: number;
}

export interface ProbeData extends ProbeRows {
  readonly targets: ProbeTargets;
}

/**
 * Mean loss over the rows (cross-entropy of a softmax, or the sum of the classes' binary cross-entropies) plus
 * `l2 / 2` times the squared weights; biases are not penalised. Memory for a block of rows at a time, whatever the classes.
 */
export function probeObjective(data: ProbeData, l2: number): Objective {
  const { rows, dimensions, classCount } = data;
  const biases = classCount * dimensions;
  return (point, gradient) => {
    const loss = passOver(data, point, { gradient, eachBlock: (block) => residuals(data, block) });
    let squares = 0;
    for (let index = 0; index < biases; index += 1) {
      squares += point[index]! * point[index]!;
      gradient[index] = gradient[index]! / rows + l2 * point[index]!;
    }
    for (let index = biases; index < gradient.length; index += 1) gradient[index]! /= rows;
    return loss / rows + (l2 / 2) * squares;
  };
}

/** The mean loss alone, in half the time. */
export function probeLoss(data: ProbeData, point: Float64Array): number {
  return passOver(data, point, { eachBlock: (block) => residuals(data, block) }) / data.rows;
}

/** Calls back with the logits of each row in turn, in an array that the next row's replace. */
export function eachRowOf(
  data: ProbeRows,
  point: Float64Array,
  visit: (row: number, logits: Float64Array) => void,
): void {
  const logits = new Float64Array(data.classCount);
  passOver(data, point, {
    eachBlock: ({ first, count, scores }) => {
      for (let row = 0; row < count; row += 1) {
        for (let label = 0; label < logits.length; label += 1)
          logits[label] = scores[label * blockRows + row]!;
        visit(first + row, logits);
      }
      return 0;
    },
  });
}

interface Block {
  readonly first: number;
  readonly count: number;
  /** `[classCount, blockRows]`: logits, in place of which a gradient wants `probability − target`. */
  readonly scores: Float64Array;
  /** `blockRows` each. */
  readonly maxima: Float64Array;
  readonly totals: Float64Array;
  readonly at: {
    readonly scores: number;
    readonly scoresEnd: number;
    readonly maxima: number;
    readonly totals: number;
    readonly constants: number;
  };
  readonly kernels: ProbeKernels;
}

/** Scores all rows, a block at a time, and sums what `eachBlock` gives. With `gradient`, writes the sum of residual × row into it. */
function passOver(
  { features, rows, dimensions, classCount }: ProbeRows,
  point: Float64Array,
  { gradient, eachBlock }: { readonly gradient?: Float64Array; readonly eachBlock: (block: Block) => number },
): number {
  const kernels = getProbeKernels();
  // The bias is the weight of one more dimension, which is 1 in every row.
  const width = roundUp(dimensions + 1, dimensionsAtOnce);
  const height = roundUp(classCount, classesAtOnce);
  const stride = 8 * width;
  const at = layOut(kernels.memory, {
    maxima: 8 * blockRows,
    totals: 8 * blockRows,
    constants: exponentialConstants.byteLength,
    features: stride * blockRows,
    scores: 8 * height * blockRows,
    weights: stride * height,
    gradient: gradient === undefined ? 0 : stride * height,
  });
  const view = (address: number, length: number): Float64Array =>
    new Float64Array(kernels.memory.buffer, address, length);
  view(at.constants, exponentialConstants.length).set(exponentialConstants);
  const block = view(at.features, width * blockRows);
  const weights = view(at.weights, width * height);
  const sums = view(at.gradient, gradient === undefined ? 0 : width * height);
  const biases = classCount * dimensions;
  block.fill(0);
  weights.fill(0);
  sums.fill(0);
  for (let label = 0; label < classCount; label += 1) {
    weights.set(point.subarray(label * dimensions, (label + 1) * dimensions), label * width);
    weights[label * width + dimensions] = point[biases + label]!;
  }

  const scores = view(at.scores, classCount * blockRows);
  const shared = {
    scores,
    maxima: view(at.maxima, blockRows),
    totals: view(at.totals, blockRows),
    at: { ...at, scoresEnd: at.scores + scores.byteLength },
    kernels,
  };
  const featuresEnd = at.features + block.byteLength;
  let total = 0;
  for (let first = 0; first < rows; first += blockRows) {
    const count = Math.min(blockRows, rows - first);
    for (let row = 0; row < count; row += 1) {
      const from = (first + row) * dimensions;
      block.set(features.subarray(from, from + dimensions), row * width);
      block[row * width + dimensions] = 1;
    }
    // Rows of the block before, in the last one: as rows of zeros they say nothing.
    if (count < blockRows) block.fill(0, count * width);
    kernels.score(at.features, featuresEnd, at.weights, at.weights + weights.byteLength, stride, at.scores);
    total += eachBlock({ ...shared, first, count });
    if (gradient !== undefined)
      kernels.addProducts(
        at.features,
        featuresEnd,
        at.gradient,
        at.gradient + sums.byteLength,
        stride,
        at.scores,
      );
  }

  if (gradient !== undefined)
    for (let label = 0; label < classCount; label += 1) {
      gradient.set(sums.subarray(label * width, label * width + dimensions), label * dimensions);
      gradient[biases + label] = sums[label * width + dimensions]!;
    }
  return total;
}

/** Turns logits into `probability − target` in place and gives the sum of the rows' losses. */
function residuals({ targets, classCount }: ProbeData, block: Block): number {
  return targets.kind === 'multiclass'
    ? softmaxResiduals(block, targets.labels)
    : sigmoidResiduals(block, targets.labels, classCount);
}

function softmaxResiduals(
  { first, count, scores, maxima, totals, at, kernels }: Block,
  targets: Int32Array,
): number {
  maxima.fill(-Infinity);
  totals.fill(0);
  kernels.raiseMaxima(at.scores, at.scoresEnd, at.maxima);
  let loss = 0;
  for (let row = 0; row < count; row += 1)
    loss -= scores[targets[first + row]! * blockRows + row]! - maxima[row]!;
  kernels.exponentiate(at.scores, at.scoresEnd, at.maxima, at.totals, at.constants);
  for (let row = 0; row < blockRows; row += 1) {
    if (row < count) loss += Math.log(totals[row]!);
    totals[row] = 1 / totals[row]!;
  }
  kernels.scale(at.scores, at.scoresEnd, at.totals);
  for (let row = 0; row < count; row += 1) scores[targets[first + row]! * blockRows + row]! -= 1;
  return loss;
}

function sigmoidResiduals({ first, count, scores }: Block, targets: Uint8Array, classCount: number): number {
  let loss = 0;
  for (let row = 0; row < count; row += 1)
    for (let label = 0; label < classCount; label += 1) {
      const at = label * blockRows + row;
      const score = scores[at]!;
      const target = targets[(first + row) * classCount + label]!;
      // log(1 + exp(s)) − target·s, without overflow for large |s|.
      const power = Math.exp(-Math.abs(score));
      loss += Math.max(score, 0) + Math.log1p(power) - target * score;
      scores[at] = (score < 0 ? power : 1) / (1 + power) - target;
    }
  return loss;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
