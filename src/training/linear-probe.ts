import { AmlDeitError } from '../errors/index.ts';
import { minimizeOptions, triedPenalties } from './choose-penalty.ts';
import type { PenaltyStep, TriedPenalty } from './choose-penalty.ts';
import { stepsOfLbfgs } from './minimize-lbfgs.ts';
import type { Minimum } from './minimize-lbfgs.ts';
import { eachRowOf, probeLoss, probeObjective } from './probe-objective.ts';
import type { ProbeData, ProbeTargets } from './probe-objective.ts';
import { splitRows } from './probe-rows.ts';

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
  /** Rows that choose the penalty, and never fit the head; instead of a share of the others. */
  readonly validation?: { readonly features: Float32Array; readonly targets: ProbeTargets };
  /** Ends the fit when so many iterations in a row did not lower the loss of `validation`, and takes the best point. */
  readonly patience?: number;
  readonly maxIterations?: number;
}

export interface ProbeIteration {
  /** 1 for the first accepted step. */
  readonly iteration: number;
  readonly loss: number;
  readonly gradientNorm: number;
  /** Of `validation`; undefined without it. */
  readonly validation?: {
    readonly loss: number;
    /** Calls back with the logits of each of its rows in turn, in an array that the next row's replace. */
    readonly eachRow: (visit: (row: number, logits: Float64Array) => void) => void;
  };
}

/** What a fit tells of itself on the way. */
export type ProbeStep = PenaltyStep | ({ readonly kind: 'iteration' } & ProbeIteration);

export interface LinearProbe {
  /** `[classCount, dimensions]` and `[classCount]`, for features as they come: standardisation is folded in. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** The chosen L2 penalty, in units of the standardised features. */
  readonly penalty: number;
  /** The candidates that were tried; empty when too few rows were there to hold any back. */
  readonly sweep: readonly TriedPenalty[];
  /** Of the final fit over all rows. */
  readonly iterations: readonly Omit<ProbeIteration, 'validation'>[];
  readonly loss: number;
  readonly converged: boolean;
  /** The iteration whose point it is; not the last one after `patience` ran out. */
  readonly bestIteration: number;
}

const defaultPenalties = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];
const defaultPenalty = 0.03;
/** Of more classes each has a smaller part in the mean loss, and what is beside it has to be smaller as well. */
const penaltyFactor = (classCount: number): number => Math.min(1, 10 / classCount);

/**
 * Fits a linear classifier head on frozen features: standardise, softmax (or one sigmoid a class) with an L2 penalty
 * by L-BFGS in float64, the penalty chosen on held-back rows. Deterministic. Runs on the calling thread.
 *
 * @throws AmlDeitError TRAINING_DATA_INVALID when the rows cannot train a classifier (shapes that do not match, a
 *   value that is not finite, fewer than two classes).
 */
export function fitLinearProbe(options: LinearProbeOptions): LinearProbe {
  const steps = stepsOfLinearProbe(options);
  for (let next = steps.next(); ; next = steps.next()) if (next.done === true) return next.value;
}

/** The same, a step at a time, so that somebody may look, log and stop between two of them. */
export function* stepsOfLinearProbe(options: LinearProbeOptions): Generator<ProbeStep, LinearProbe> {
  const { dimensions, classCount, targets } = options;
  const rows = checkRows(options);
  const scale = scaleOf(options.features, rows, dimensions);
  const all: ProbeData = {
    features: standardize(options.features, dimensions, scale),
    rows,
    dimensions,
    classCount,
    targets,
  };
  const given =
    options.validation === undefined ? undefined : validationData(options, options.validation, scale);
  const { training, validation } =
    given === undefined
      ? splitRows(all, options.validationShare ?? 0.2, options.seed)
      : { training: all, validation: given };
  const { tried, chosen } =
    validation.rows === 0
      ? { tried: [], chosen: undefined }
      : yield* triedPenalties({
          training,
          validation,
          penalties: options.penalties ?? defaultPenalties.map((one) => one * penaltyFactor(classCount)),
          seed: options.seed,
          maxIterations: options.maxIterations,
        });
  const penalty = chosen ?? defaultPenalty * penaltyFactor(classCount);
  const fitted = yield* fitFinally(all, penalty, given, options);
  const { weight, bias } = foldStandardization(fitted.point, { dimensions, classCount, ...scale });
  return { weight, bias, penalty, sweep: tried, ...fitted.facts };
}

/** The last fit, over all rows that may fit; stops when those that validate get worse, if that is wanted. */
function* fitFinally(
  all: ProbeData,
  penalty: number,
  validation: ProbeData | undefined,
  options: LinearProbeOptions,
): Generator<
  ProbeStep,
  {
    readonly point: Float64Array;
    readonly facts: Pick<LinearProbe, 'iterations' | 'loss' | 'converged' | 'bestIteration'>;
  }
> {
  const iterations: LinearProbe['iterations'][number][] = [];
  const start = new Float64Array(all.classCount * (all.dimensions + 1));
  let best: {
    readonly loss: number;
    readonly iteration: number;
    readonly value: number;
    readonly point: Float64Array;
  } = { loss: Number.POSITIVE_INFINITY, iteration: 0, value: 0, point: start };
  const steps = stepsOfLbfgs(probeObjective(all, penalty), start, minimizeOptions(options.maxIterations));
  let next = steps.next();
  while (next.done !== true) {
    const { iteration, value, gradientNorm, point } = next.value;
    iterations.push({ iteration, loss: value, gradientNorm });
    const loss = validation === undefined ? undefined : probeLoss(validation, point);
    if (loss !== undefined && loss < best.loss) best = { loss, iteration, value, point };
    yield {
      kind: 'iteration',
      iteration,
      loss: value,
      gradientNorm,
      ...(loss === undefined || validation === undefined
        ? {}
        : { validation: { loss, eachRow: (visit) => eachRowOf(validation, point, visit) } }),
    };
    const isPatient = options.patience === undefined || iteration - best.iteration < options.patience;
    next = steps.next(loss === undefined || isPatient);
  }
  const end: Minimum = next.value;
  const stopped = end.reason === 'stopped';
  return {
    point: stopped ? best.point : end.point,
    facts: {
      iterations,
      loss: stopped ? best.value : end.value,
      converged: end.reason !== 'max-iterations',
      bestIteration: stopped ? best.iteration : end.iterations,
    },
  };
}

function validationData(
  { dimensions, classCount }: LinearProbeOptions,
  given: NonNullable<LinearProbeOptions['validation']>,
  scale: Scale,
): ProbeData {
  const rows = checkShape({ ...given, dimensions, classCount });
  return {
    features: standardize(given.features, dimensions, scale),
    rows,
    dimensions,
    classCount,
    targets: given.targets,
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
  eachRowOf({ features: Float64Array.from(features), rows, dimensions, classCount }, point, (row, scores) =>
    logits.set(scores, row * classCount),
  );
  return logits;
}

interface Rows {
  readonly features: Float32Array;
  readonly dimensions: number;
  readonly classCount: number;
  readonly targets: ProbeTargets;
}

/** Gives the number of rows. */
function checkShape({ features, dimensions, classCount, targets }: Rows): number {
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
  if (targets.kind === 'multiclass') {
    for (const [row, label] of targets.labels.entries())
      if (label < 0 || label >= classCount)
        throw invalid(`row ${row} has class ${label}; expected 0 to ${classCount - 1}`);
  } else {
    const wrong = targets.labels.findIndex((label) => label > 1);
    if (wrong !== -1) throw invalid(`target ${wrong} is ${targets.labels[wrong]}; expected 0 or 1`);
  }
  return rows;
}

/** Gives the number of rows; there must be something to tell apart in them. */
function checkRows(options: LinearProbeOptions): number {
  const rows = checkShape(options);
  const { targets } = options;
  if (targets.kind === 'multiclass') {
    if (new Set(targets.labels).size < 2)
      throw invalid(`all ${rows} rows are of one class; a classifier needs two classes at least`);
  } else {
    if (!targets.labels.includes(0) || !targets.labels.includes(1))
      throw invalid(`every target is ${targets.labels[0]}; a classifier needs rows with and without a label`);
  }
  return rows;
}

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('TRAINING_DATA_INVALID', message);
}

interface Scale {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

function scaleOf(raw: Float32Array, rows: number, dimensions: number): Scale {
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
  return { means, deviations };
}

function standardize(raw: Float32Array, dimensions: number, { means, deviations }: Scale): Float64Array {
  const features = new Float64Array(raw.length);
  for (let at = 0; at < raw.length; at += 1)
    features[at] = (raw[at]! - means[at % dimensions]!) / deviations[at % dimensions]!;
  return features;
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
