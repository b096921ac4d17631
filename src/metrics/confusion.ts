import type { ClassCount } from './class-counts.ts';

/** The rows of `[classes, classes]`, one after the other: rows are the truth, columns the prediction. */
export function* confusionMatrix(
  truth: Int32Array,
  predicted: Int32Array,
  classCount: number,
): Generator<number[]> {
  const rowsOf = Array.from({ length: classCount }, (): number[] => []);
  for (let row = 0; row < truth.length; row += 1) rowsOf[truth[row]!]!.push(predicted[row]!);
  for (const predictions of rowsOf) {
    const counts = Array.from({ length: classCount }, () => 0);
    for (const column of predictions) counts[column]! += 1;
    yield counts;
  }
}

/** Rows of one label each, class by class. Needs no matrix, which 10,000 classes would make too large. */
export function countClasses(truth: Int32Array, predicted: Int32Array, classCount: number): ClassCount[] {
  const [hits, named, true_] = [0, 1, 2].map(() => new Float64Array(classCount)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let row = 0; row < truth.length; row += 1) {
    const [is, said] = [truth[row]!, predicted[row]!];
    true_[is]! += 1;
    named[said]! += 1;
    if (is === said) hits[is]! += 1;
  }
  return Array.from(hits, (truePositives, index) => {
    const falsePositives = named[index]! - truePositives;
    const falseNegatives = true_[index]! - truePositives;
    const trueNegatives = truth.length - truePositives - falsePositives - falseNegatives;
    return { truePositives, falsePositives, falseNegatives, trueNegatives };
  });
}

/** Correlation of truth and prediction over all classes, −1 to 1; 0 where either is constant. */
export function matthewsCorrelation(counts: readonly ClassCount[], rows: number): number {
  let [correct, products, truthSquares, predictedSquares] = [0, 0, 0, 0];
  for (const { truePositives, falsePositives, falseNegatives } of counts) {
    const [is, said] = [truePositives + falseNegatives, truePositives + falsePositives];
    correct += truePositives;
    products += is * said;
    truthSquares += is * is;
    predictedSquares += said * said;
  }
  const spread = (rows * rows - predictedSquares) * (rows * rows - truthSquares);
  if (spread === 0) return 0;
  return Math.min(1, Math.max(-1, (correct * rows - products) / Math.sqrt(spread)));
}
