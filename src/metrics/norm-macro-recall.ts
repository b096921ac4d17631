/**
 * Macro recall scaled so that guessing is 0: max(0, (R − 1/n) / (1 − 1/n)). `truth` and `predicted` are columns of the
 * probabilities; R averages over the columns that occur in either, and is undefined (which counts as 0, as Python's
 * `max(0.0, nan)` has it) when one of them is only ever predicted.
 */
export function normMacroRecall(truth: Int32Array, predicted: Int32Array, classCount: number): number {
  const total = new Map<number, number>();
  const hits = new Map<number, number>();
  for (const [row, is] of truth.entries()) {
    const said = predicted[row]!;
    total.set(is, (total.get(is) ?? 0) + 1);
    if (!total.has(said)) total.set(said, 0);
    if (is === said) hits.set(is, (hits.get(is) ?? 0) + 1);
  }
  const columns = [...total.keys()].sort((a, b) => a - b);
  const recall =
    columns.reduce((sum, column) => sum + (hits.get(column) ?? 0) / total.get(column)!, 0) / columns.length;
  const guessing = 1 / classCount;
  const scaled = (recall - guessing) / (1 - guessing);
  return scaled > 0 ? scaled : 0;
}
