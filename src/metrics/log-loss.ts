import type { ProbabilityMatrix } from './probability-matrix.ts';

/**
 * Mean over the rows of −Σ log p over the true columns, probabilities clipped by the double's epsilon. Rows need not
 * sum to 1. NaN when a value is outside 0 to 1.
 */
export function logLoss(
  probabilities: ProbabilityMatrix,
  isTrue: (row: number, column: number) => boolean,
): number {
  const { values, columns } = probabilities;
  const rows = values.length / columns;
  let sum = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column]!;
      if (value < 0 || value > 1) return NaN;
      if (isTrue(row, column)) sum -= Math.log(clip(value));
    }
  }
  return sum / rows;
}

/** The same of one column: the rows that are not true count with 1 − p. NaN when all are, or none. */
export function binaryLogLoss(values: Float64Array, isTrue: (row: number) => boolean): number {
  let sum = 0;
  let positives = 0;
  for (const [row, value] of values.entries()) {
    if (value < 0 || value > 1) return NaN;
    if (isTrue(row)) positives += 1;
    sum -= Math.log(clip(isTrue(row) ? value : 1 - value));
  }
  return positives === 0 || positives === values.length ? NaN : sum / values.length;
}

function clip(value: number): number {
  return Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, value));
}
