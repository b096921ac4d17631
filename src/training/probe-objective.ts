import type { Objective } from './minimize-lbfgs.ts';

/** What the rows are: one class each, or any number of them. */
export type ProbeTargets =
  | { readonly kind: 'multiclass'; readonly labels: Int32Array }
  /** 0 or 1 per row and class, row after row. */
  | { readonly kind: 'multilabel'; readonly labels: Uint8Array };

export interface ProbeData {
  /** Standardised, row after row. */
  readonly features: Float64Array;
  readonly rows: number;
  readonly dimensions: number;
  readonly classCount: number;
  readonly targets: ProbeTargets;
}

/**
 * Mean loss over the rows (cross-entropy of a softmax, or the sum of the classes' binary cross-entropies) plus
 * `l2 / 2` times the squared weights; biases are not penalised. A point is the weights `[classCount, dimensions]`
 * followed by the biases.
 */
export function probeObjective(data: ProbeData, l2: number): Objective {
  const { rows, dimensions, classCount, targets } = data;
  // Residuals of a few rows at a time: weights and gradient are then read once for all of them.
  const residuals = Array.from({ length: block }, () => new Float64Array(classCount));
  const biases = classCount * dimensions;
  return (point, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let first = 0; first < rows; first += block) {
      const count = Math.min(block, rows - first);
      if (count === block) scoreBlock(data, point, first, residuals);
      else for (let at = 0; at < count; at += 1) scoreRow(data, point, first + at, residuals[at]!);
      for (let at = 0; at < count; at += 1)
        loss +=
          targets.kind === 'multiclass'
            ? softmaxLoss(residuals[at]!, targets.labels[first + at]!)
            : sigmoidLoss(residuals[at]!, targets.labels, (first + at) * classCount);
      if (count === block) addBlock(data, residuals, first, gradient);
      else for (let at = 0; at < count; at += 1) addRow(data, residuals[at]!, first + at, gradient);
    }
    let squares = 0;
    for (let index = 0; index < gradient.length; index += 1) {
      gradient[index]! /= rows;
      if (index >= biases) continue;
      squares += point[index]! * point[index]!;
      gradient[index]! += l2 * point[index]!;
    }
    return loss / rows + (l2 / 2) * squares;
  };
}

const block = 4;

/** The logits of four rows. */
function scoreBlock(
  { features, dimensions, classCount }: ProbeData,
  point: Float64Array,
  first: number,
  scores: readonly Float64Array[],
): void {
  const a = first * dimensions;
  const b = a + dimensions;
  const c = b + dimensions;
  const d = c + dimensions;
  for (let label = 0; label < classCount; label += 1) {
    const weights = label * dimensions;
    const bias = point[classCount * dimensions + label]!;
    let sumA = bias;
    let sumB = bias;
    let sumC = bias;
    let sumD = bias;
    for (let index = 0; index < dimensions; index += 1) {
      const weight = point[weights + index]!;
      sumA += weight * features[a + index]!;
      sumB += weight * features[b + index]!;
      sumC += weight * features[c + index]!;
      sumD += weight * features[d + index]!;
    }
    scores[0]![label] = sumA;
    scores[1]![label] = sumB;
    scores[2]![label] = sumC;
    scores[3]![label] = sumD;
  }
}

/** Adds what four rows' residuals say to the gradient. */
function addBlock(
  { features, dimensions, classCount }: ProbeData,
  residuals: readonly Float64Array[],
  first: number,
  gradient: Float64Array,
): void {
  const a = first * dimensions;
  const b = a + dimensions;
  const c = b + dimensions;
  const d = c + dimensions;
  for (let label = 0; label < classCount; label += 1) {
    const weights = label * dimensions;
    const ra = residuals[0]![label]!;
    const rb = residuals[1]![label]!;
    const rc = residuals[2]![label]!;
    const rd = residuals[3]![label]!;
    for (let index = 0; index < dimensions; index += 1)
      gradient[weights + index]! +=
        ra * features[a + index]! +
        rb * features[b + index]! +
        rc * features[c + index]! +
        rd * features[d + index]!;
    gradient[classCount * dimensions + label]! += ra + rb + rc + rd;
  }
}

function addRow(
  { features, dimensions, classCount }: ProbeData,
  residuals: Float64Array,
  row: number,
  gradient: Float64Array,
): void {
  const at = row * dimensions;
  for (let label = 0; label < classCount; label += 1) {
    const residual = residuals[label]!;
    const weights = label * dimensions;
    for (let index = 0; index < dimensions; index += 1)
      gradient[weights + index]! += residual * features[at + index]!;
    gradient[classCount * dimensions + label]! += residual;
  }
}

/** The logits of one row. */
export function scoreRow(
  data: Pick<ProbeData, 'features' | 'dimensions' | 'classCount'>,
  point: Float64Array,
  row: number,
  scores: Float64Array,
): void {
  const { features, dimensions, classCount } = data;
  const at = row * dimensions;
  for (let label = 0; label < classCount; label += 1) {
    const weights = label * dimensions;
    let sum = point[classCount * dimensions + label]!;
    for (let index = 0; index < dimensions; index += 1)
      sum += point[weights + index]! * features[at + index]!;
    scores[label] = sum;
  }
}

/** Turns logits into `probability − target` in place and returns the cross-entropy. */
function softmaxLoss(scores: Float64Array, target: number): number {
  let top = -Infinity;
  for (const score of scores) top = Math.max(top, score);
  const targetScore = scores[target]! - top;
  let total = 0;
  for (let label = 0; label < scores.length; label += 1) {
    scores[label] = Math.exp(scores[label]! - top);
    total += scores[label]!;
  }
  for (let label = 0; label < scores.length; label += 1) scores[label]! /= total;
  scores[target]! -= 1;
  return Math.log(total) - targetScore;
}

function sigmoidLoss(scores: Float64Array, targets: Uint8Array, at: number): number {
  let loss = 0;
  for (let label = 0; label < scores.length; label += 1) {
    const score = scores[label]!;
    const target = targets[at + label]!;
    // log(1 + exp(s)) − target·s, without overflow for large |s|.
    loss += Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - target * score;
    scores[label] = 1 / (1 + Math.exp(-score)) - target;
  }
  return loss;
}
