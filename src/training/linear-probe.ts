import { AmlDeitError } from '../errors/index.ts';
import { minimizeLbfgs } from './minimize-lbfgs.ts';
import type { Minimum } from './minimize-lbfgs.ts';
import { probeObjective, scoreRow } from './probe-objective.ts';
import type { ProbeData, ProbeTargets } from './probe-objective.ts';
import { createRandom, permutation } from './random.ts';

export interface LinearProbeOptions {
  /** `[rows, dimensions]`, row after row: the CLS features of the frozen backbone. */
  readonly features: Float32Array;
  readonly dimensions: number;
  readonly classCount: number;
  readonly targets: ProbeTargets;
  /** Decides which rows validate. */
  readonly seed: number;
  /** Candidates for the L2 penalty; the one with the lowest validation loss is taken. */
  readonly penalties?: readonly number[];
  /** Share of each class's rows that choose the penalty. All rows fit the head in the end. */
  readonly validationShare?: number;
  readonly maxIterations?: number;
}

export interface LinearProbe {
  /** `[classCount, dimensions]` and `[classCount]`, for features as they come: standardisation is folded in. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** The chosen L2 penalty, in units of the standardised features. */
  readonly penalty: number;
  /** One entry for each candidate; empty when too few rows were there to hold any back. */
  readonly sweep: readonly { readonly penalty: number; readonly validationLoss: number }[];
  /** Of the final fit over all rows. */
  readonly iterations: readonly {
    readonly iteration: number;
    readonly loss: number;
    readonly gradientNorm: number;
  }[];
  readonly loss: number;
  readonly converged: boolean;
}

const defaultPenalties = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];
const defaultPenalty = 0.03;

/**
 * Fits a linear classifier head on frozen features: standardise, softmax (or one sigmoid a class) with an L2 penalty
 * by L-BFGS in float64, the penalty chosen on held-back rows. Deterministic. Runs on the calling thread.
 *
 * @throws AmlDeitError TRAINING_DATA_INVALID when the rows cannot train a classifier (shapes that do not match, a
 *   value that is not finite, fewer than two classes).
 */
export function fitLinearProbe(options: LinearProbeOptions): LinearProbe {
  const { dimensions, classCount, targets } = options;
  const rows = checkRows(options);
  const { features, means, deviations } = standardize(options.features, rows, dimensions);
  const all: ProbeData = { features, rows, dimensions, classCount, targets };

  const { training, validation } = splitRows(all, options.validationShare ?? 0.2, options.seed);
  const sweep =
    validation.rows === 0
      ? []
      : sweepPenalties(training, validation, options.penalties ?? defaultPenalties, options.maxIterations);
  const chosen = sweep.reduce<(typeof sweep)[number] | undefined>(
    (best, candidate) =>
      best === undefined || candidate.validationLoss < best.validationLoss ? candidate : best,
    undefined,
  );
  const penalty = chosen?.penalty ?? defaultPenalty;

  const iterations: LinearProbe['iterations'][number][] = [];
  const fitted = fit(
    all,
    penalty,
    new Float64Array(classCount * (dimensions + 1)),
    options.maxIterations,
    (entry) => {
      iterations.push(entry);
    },
  );
  const { weight, bias } = foldStandardization(fitted.point, { dimensions, classCount, means, deviations });
  return {
    weight,
    bias,
    penalty,
    sweep,
    iterations,
    loss: fitted.value,
    converged: fitted.reason !== 'max-iterations',
  };
}

/** Logits `[rows, classCount]` of a head over features as they come. */
export function applyHead(head: Pick<LinearProbe, 'weight' | 'bias'>, features: Float32Array): Float64Array {
  const classCount = head.bias.length;
  const dimensions = head.weight.length / classCount;
  const rows = features.length / dimensions;
  const point = new Float64Array(head.weight.length + classCount);
  point.set(head.weight);
  point.set(head.bias, head.weight.length);
  const logits = new Float64Array(rows * classCount);
  const data = { features: Float64Array.from(features), dimensions, classCount };
  for (let row = 0; row < rows; row += 1)
    scoreRow(data, point, row, logits.subarray(row * classCount, (row + 1) * classCount));
  return logits;
}

function fit(
  data: ProbeData,
  penalty: number,
  start: Float64Array,
  maxIterations = 500,
  report?: (entry: LinearProbe['iterations'][number]) => void,
): Minimum {
  return minimizeLbfgs(probeObjective(data, penalty), start, {
    maxIterations,
    gradientTolerance: 1e-6,
    onIteration: ({ iteration, value, gradientNorm }) => report?.({ iteration, loss: value, gradientNorm }),
  });
}

/** From the strongest penalty to the weakest, each starting where the last one ended. */
function sweepPenalties(
  training: ProbeData,
  validation: ProbeData,
  penalties: readonly number[],
  maxIterations: number | undefined,
): { penalty: number; validationLoss: number }[] {
  const lossOf = probeObjective(validation, 0);
  let start = new Float64Array(training.classCount * (training.dimensions + 1));
  const scratch = new Float64Array(start.length);
  return penalties
    .toSorted((a, b) => b - a)
    .map((penalty) => {
      start = Float64Array.from(fit(training, penalty, start, maxIterations).point);
      return { penalty, validationLoss: lossOf(start, scratch) };
    });
}

function checkRows(options: LinearProbeOptions): number {
  const { features, dimensions, classCount, targets } = options;
  const rows = features.length / dimensions;
  if (!Number.isInteger(rows) || rows === 0)
    throw invalid(`${features.length} feature values are not rows of ${dimensions}`);
  const expected = targets.kind === 'multiclass' ? rows : rows * classCount;
  if (targets.labels.length !== expected)
    throw invalid(`${targets.labels.length} targets were given for ${rows} rows; expected ${expected}`);
  const broken = features.findIndex((value) => !Number.isFinite(value));
  if (broken !== -1)
    throw invalid(
      `feature ${broken % dimensions} of row ${Math.floor(broken / dimensions)} is ${features[broken]}; expected a finite number`,
    );
  const seen = new Set<number>();
  if (targets.kind === 'multiclass') {
    for (const [row, label] of targets.labels.entries()) {
      if (label < 0 || label >= classCount)
        throw invalid(`row ${row} has class ${label}; expected 0 to ${classCount - 1}`);
      seen.add(label);
    }
    if (seen.size < 2)
      throw invalid(`all ${rows} rows are of one class; a classifier needs two classes at least`);
  } else {
    const wrong = targets.labels.findIndex((label) => label > 1);
    if (wrong !== -1) throw invalid(`target ${wrong} is ${targets.labels[wrong]}; expected 0 or 1`);
    if (!targets.labels.includes(0) || !targets.labels.includes(1))
      throw invalid(`every target is ${targets.labels[0]}; a classifier needs rows with and without a label`);
  }
  return rows;
}

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('TRAINING_DATA_INVALID', message);
}

function standardize(
  raw: Float32Array,
  rows: number,
  dimensions: number,
): { features: Float64Array; means: Float64Array; deviations: Float64Array } {
  const means = new Float64Array(dimensions);
  const deviations = new Float64Array(dimensions);
  for (let at = 0; at < raw.length; at += 1) means[at % dimensions]! += raw[at]! / rows;
  for (let at = 0; at < raw.length; at += 1)
    deviations[at % dimensions]! += (raw[at]! - means[at % dimensions]!) ** 2 / rows;
  for (let index = 0; index < dimensions; index += 1) {
    const deviation = Math.sqrt(deviations[index]!);
    // What never changes tells nothing; dividing by its rounding noise would make it seem to.
    deviations[index] = deviation > 1e-7 * Math.max(1, Math.abs(means[index]!)) ? deviation : Infinity;
  }
  const features = new Float64Array(raw.length);
  for (let at = 0; at < raw.length; at += 1)
    features[at] = (raw[at]! - means[at % dimensions]!) / deviations[at % dimensions]!;
  return { features, means, deviations };
}

function foldStandardization(
  point: Float64Array,
  shape: { dimensions: number; classCount: number; means: Float64Array; deviations: Float64Array },
): { weight: Float32Array; bias: Float32Array } {
  const { dimensions, classCount, means, deviations } = shape;
  const weight = new Float32Array(classCount * dimensions);
  const bias = new Float32Array(classCount);
  for (let label = 0; label < classCount; label += 1) {
    let constant = point[classCount * dimensions + label]!;
    for (let index = 0; index < dimensions; index += 1) {
      const folded = point[label * dimensions + index]! / deviations[index]!;
      weight[label * dimensions + index] = folded;
      constant -= folded * means[index]!;
    }
    bias[label] = constant;
  }
  return { weight, bias };
}

/** Holds back the same share of every class; a multi-label row counts for its first label, or for none. */
function splitRows(
  data: ProbeData,
  share: number,
  seed: number,
): { training: ProbeData; validation: ProbeData } {
  const strata = new Map<number, number[]>();
  for (const row of permutation(data.rows, createRandom(seed, 'validation split'))) {
    const key = stratumOf(data, row);
    const stratum = strata.get(key);
    if (stratum === undefined) strata.set(key, [row]);
    else stratum.push(row);
  }
  const held = new Set<number>();
  for (const stratum of strata.values())
    for (const row of stratum.slice(0, Math.floor(stratum.length * share))) held.add(row);
  const everyRow = Array.from({ length: data.rows }, (_, row) => row);
  return {
    training: takeRows(
      data,
      everyRow.filter((row) => !held.has(row)),
    ),
    validation: takeRows(
      data,
      everyRow.filter((row) => held.has(row)),
    ),
  };
}

function stratumOf(data: ProbeData, row: number): number {
  const { targets, classCount } = data;
  if (targets.kind === 'multiclass') return targets.labels[row]!;
  return targets.labels.subarray(row * classCount, (row + 1) * classCount).indexOf(1);
}

function takeRows(data: ProbeData, rows: readonly number[]): ProbeData {
  const { dimensions, classCount, targets } = data;
  const features = new Float64Array(rows.length * dimensions);
  for (const [to, from] of rows.entries())
    features.set(data.features.subarray(from * dimensions, (from + 1) * dimensions), to * dimensions);
  return {
    features,
    rows: rows.length,
    dimensions,
    classCount,
    targets:
      targets.kind === 'multiclass'
        ? { kind: 'multiclass', labels: Int32Array.from(rows, (row) => targets.labels[row]!) }
        : {
            kind: 'multilabel',
            labels: Uint8Array.from(
              rows.flatMap((row) => [...targets.labels.subarray(row * classCount, (row + 1) * classCount)]),
            ),
          },
  };
}
