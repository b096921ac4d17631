import type { Label } from './labels.ts';
import type { ProbabilityMatrix } from './probability-matrix.ts';
import { countBelow } from './ranking.ts';
import type { Ranking } from './ranking.ts';

const points = 100;

/** `[class][threshold]` of `[TP, FP, TN, FN]`, one class against the rest. */
export interface AccuracyTable {
  readonly class_labels: readonly string[];
  readonly probability_tables: readonly (readonly (readonly number[])[])[];
  readonly percentile_tables: readonly (readonly (readonly number[])[])[];
  readonly probability_thresholds: readonly number[];
  readonly percentile_thresholds: readonly number[];
}

/**
 * The table of 100 even thresholds and of 100 percentiles of all probabilities. As azureml-metrics lays it out: the
 * tables of the columns are dealt out to the classes of which `isPresent` holds, in order, and the others get zeros, so
 * that behind a class that is not in the truth each table is its neighbour's.
 */
export function accuracyTable(
  classes: readonly Label[],
  probabilities: ProbabilityMatrix,
  rankings: readonly Ranking[],
  isPresent: (index: number) => boolean,
): AccuracyTable {
  const even = evenThresholds();
  const percentiles = percentilesOf(probabilities.values, even);
  const deal = (thresholds: readonly number[]): AccuracyTable['probability_tables'] => {
    let next = 0;
    return classes.map((_, index) => {
      if (!isPresent(index)) return thresholds.map(() => [0, 0, 0, 0]);
      const ranking = rankings[next]!;
      next += 1;
      return thresholds.map((threshold) => countsAt(ranking, threshold));
    });
  };
  return {
    class_labels: classes.map(String),
    probability_tables: deal(even),
    percentile_tables: deal(percentiles),
    probability_thresholds: even,
    percentile_thresholds: percentiles,
  };
}

function countsAt({ positives, negatives }: Ranking, threshold: number): number[] {
  const falseNegatives = countBelow(positives, threshold);
  const trueNegatives = countBelow(negatives, threshold);
  return [positives.length - falseNegatives, negatives.length - trueNegatives, trueNegatives, falseNegatives];
}

/** In numpy's order of operations, so that they are the same doubles and meet the same ties. */
function evenThresholds(): number[] {
  const step = 1 / (points - 1);
  return Array.from({ length: points }, (_, index) => (index === points - 1 ? 1 : index * step));
}

/** Linear interpolation between the two neighbours, again in numpy's order of operations. */
function percentilesOf(values: Float64Array, shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => {
    const at = (sorted.length - 1) * ((share * 100) / 100);
    if (at >= sorted.length - 1) return sorted.at(-1)!;
    const before = Math.floor(at);
    const [low, high] = [sorted[before]!, sorted[before + 1]!];
    const part = at - before;
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
  });
}
