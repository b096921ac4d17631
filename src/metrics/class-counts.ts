/** One class against the rest, in rows. */
export interface ClassCount {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

export type Average = 'micro' | 'macro' | 'weighted';

/** A figure of one class; 0 where it would be 0 / 0. */
export type ClassFigure = (count: ClassCount) => number;

export const precision: ClassFigure = ({ truePositives, falsePositives }) =>
  divide(truePositives, truePositives + falsePositives);

export const recall: ClassFigure = ({ truePositives, falseNegatives }) =>
  divide(truePositives, truePositives + falseNegatives);

export const f1Score: ClassFigure = ({ truePositives, falsePositives, falseNegatives }) =>
  divide(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);

/** Intersection over union. */
export const jaccard: ClassFigure = ({ truePositives, falsePositives, falseNegatives }) =>
  divide(truePositives, truePositives + falsePositives + falseNegatives);

export const support = ({ truePositives, falseNegatives }: ClassCount): number =>
  truePositives + falseNegatives;

/** Over all classes: `micro` of their summed counts, `macro` their mean, `weighted` their mean by true rows. */
export function average(counts: readonly ClassCount[], figure: ClassFigure, kind: Average): number {
  if (kind === 'micro') return figure(sum(counts));
  return weightedMean(counts.map(figure), kind === 'weighted' ? counts.map(support) : undefined);
}

/** The plain mean where there are no weights or all of them are 0. */
export function weightedMean(values: readonly number[], weights?: readonly number[]): number {
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? 0;
  if (weights === undefined || total === 0)
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value, index) => sum + value * weights[index]!, 0) / total;
}

function sum(counts: readonly ClassCount[]): ClassCount {
  const total = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
  for (const count of counts) {
    total.truePositives += count.truePositives;
    total.falsePositives += count.falsePositives;
    total.falseNegatives += count.falseNegatives;
    total.trueNegatives += count.trueNegatives;
  }
  return total;
}

export function divide(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
