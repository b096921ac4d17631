import { forEachThreshold } from './ranking.ts';
import type { Ranking } from './ranking.ts';

/** `[x, y]`. */
export type CurvePoint = readonly [number, number];

/** False-positive rate against true-positive rate, from 0, 0 to 1, 1. Thinned to about `maxPoints`. */
export function rocCurve(ranking: Ranking, maxPoints = 200): CurvePoint[] {
  const { positives, negatives } = ranking;
  if (positives.length === 0 || negatives.length === 0) return [];
  const points: CurvePoint[] = [[0, 0]];
  forEachThreshold(ranking, (truePositives, falsePositives) => {
    points.push([falsePositives / negatives.length, truePositives / positives.length]);
  });
  return thin(points, maxPoints);
}

/** Recall against precision, from recall 0. Thinned to about `maxPoints`. */
export function precisionRecallCurve(ranking: Ranking, maxPoints = 200): CurvePoint[] {
  const total = ranking.positives.length;
  if (total === 0) return [];
  const points: CurvePoint[] = [];
  forEachThreshold(ranking, (truePositives, falsePositives) => {
    const precision = truePositives / (truePositives + falsePositives);
    if (points.length === 0) points.push([0, precision]);
    points.push([truePositives / total, precision]);
  });
  return thin(points, maxPoints);
}

function thin(points: readonly CurvePoint[], maxPoints: number): CurvePoint[] {
  if (points.length <= maxPoints) return [...points];
  const step = (points.length - 1) / (maxPoints - 1);
  return Array.from({ length: maxPoints }, (_, index) => points[Math.round(index * step)]!);
}

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin: what was claimed, and what was right. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: the mean gap between claim and fact, weighted by count. */
  readonly expectedError: number;
}

/** How far probabilities can be believed: claims in bins of equal width, each against how often it was right. */
export function reliability(
  confidences: readonly number[],
  right: readonly boolean[],
  binCount = 10,
): Reliability {
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const [index, confidence] of confidences.entries()) {
    const bin = sums[Math.min(binCount - 1, Math.max(0, Math.floor(confidence * binCount)))]!;
    bin.count += 1;
    bin.confidence += confidence;
    if (right[index] === true) bin.right += 1;
  }
  const bins = sums.map((bin, index) => ({
    from: index / binCount,
    to: (index + 1) / binCount,
    count: bin.count,
    confidence: bin.count === 0 ? 0 : bin.confidence / bin.count,
    accuracy: bin.count === 0 ? 0 : bin.right / bin.count,
  }));
  const total = confidences.length;
  const gap = bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.confidence - bin.accuracy), 0);
  return { bins, expectedError: total === 0 ? NaN : gap / total };
}

export interface SweepPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Micro-averaged figures of many labels when everything above a threshold is predicted. */
export function thresholdSweep({ positives, negatives }: Ranking, steps = 50): SweepPoint[] {
  return Array.from({ length: steps + 1 }, (_, index) => {
    const threshold = index / steps;
    const truePositives = countAbove(positives, threshold);
    const falsePositives = countAbove(negatives, threshold);
    const falseNegatives = positives.length - truePositives;
    const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
    return {
      threshold,
      precision: ratio(truePositives, truePositives + falsePositives),
      recall: ratio(truePositives, positives.length),
      f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    };
  });
}

function countAbove(ascending: Float64Array, threshold: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! <= threshold) low = middle + 1;
    else high = middle;
  }
  return ascending.length - low;
}
