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
  const { features, rows, dimensions, classCount, targets } = data;
  const residuals = new Float64Array(classCount);
  const biases = classCount * dimensions;
  return (point, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let row = 0; row < rows; row += 1) {
      const at = row * dimensions;
      scoreRow(data, point, row, residuals);
      loss +=
        targets.kind === 'multiclass'
          ? softmaxLoss(residuals, targets.labels[row]!)
          : sigmoidLoss(residuals, targets.labels, row * classCount);
      for (let label = 0; label < classCount; label += 1) {
        const residual = residuals[label]!;
        const weights = label * dimensions;
        for (let index = 0; index < dimensions; index += 1)
          gradient[weights + index]! += residual * features[at + index]!;
        gradient[biases + label]! += residual;
      }
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
