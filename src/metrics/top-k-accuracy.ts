import type { ProbabilityMatrix } from './probability-matrix.ts';

/**
 * Share of the rows whose true column is among the `k` likeliest. Of equal probabilities the column further right comes
 * first, as in scikit-learn's `top_k_accuracy_score`. `truth` holds columns, −1 for a class that has none.
 */
export function topKAccuracy(truth: Int32Array, { values, columns }: ProbabilityMatrix, k: number): number {
  let hits = 0;
  for (let row = 0; row < truth.length; row += 1) {
    const own = truth[row]!;
    if (own < 0) continue;
    const value = values[row * columns + own]!;
    let ahead = 0;
    for (let column = 0; column < columns; column += 1) {
      const other = values[row * columns + column]!;
      if (other > value || (other === value && column > own)) ahead += 1;
    }
    if (ahead < k) hits += 1;
  }
  return hits / truth.length;
}
