import type { Label, ProbabilityMatrix } from '../../metrics/index.ts';
import { byCodePoint } from '../../metrics/index.ts';

/**
 * Which label each column of probabilities is of: the files of `model_prediction` number them only. Tried in turn are the
 * labels that occur and the labels of the data, sorted, and those in the data's own order (the card's, for ImageNet);
 * taken is the first of as many labels in which the likeliest column of every row is what was predicted.
 */
export function columnLabels(
  { values, columns }: ProbabilityMatrix,
  predictions: readonly (Label | readonly Label[])[],
  classes: readonly string[],
  labelMap: readonly string[],
): readonly string[] | undefined {
  const candidates = [classes, [...labelMap].sort(byCodePoint), labelMap].filter(
    ({ length }) => length === columns,
  );
  return candidates.find((labels) =>
    predictions.every((predicted, row) => {
      // Of many labels any threshold may have been used: the order is the sorted one.
      if (typeof predicted === 'object') return true;
      const at = labels.indexOf(String(predicted));
      if (at === -1) return false;
      const own = values[row * columns + at]!;
      for (let column = 0; column < columns; column += 1)
        if (values[row * columns + column]! > own) return false;
      return true;
    }),
  );
}
