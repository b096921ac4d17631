import { stepsOfLbfgs } from './minimize-lbfgs.ts';
import { probeLoss, probeObjective } from './probe-objective.ts';
import type { ProbeData } from './probe-objective.ts';
import { sampleClasses } from './probe-rows.ts';

export interface TriedPenalty {
  readonly penalty: number;
  /** Of the sampled classes, where they were too many. */
  readonly validationLoss: number;
}

export type PenaltyStep =
  /** The penalty is chosen on some of the classes. */
  | { readonly kind: 'sample'; readonly classes: number; readonly rows: number }
  | ({ readonly kind: 'penalty' } & TriedPenalty)
  /** An iteration on the way to a penalty's loss: little to tell, and a place to stop. */
  | { readonly kind: 'trial'; readonly penalty: number; readonly iteration: number };

export interface ChoosePenaltyOptions {
  readonly training: ProbeData;
  readonly validation: ProbeData;
  /** Beside the mean loss over all of `training`. */
  readonly penalties: readonly number[];
  readonly seed: number;
  readonly maxIterations: number | undefined;
  /** Multiply-adds of one evaluation above which the penalty is chosen on some of the classes; by default about a quarter of a second's. */
  readonly maxProducts?: number;
}

const defaultMaxProducts = 3e8;
const minClasses = 100;
const sampleMargin = 1.02;
/** Of candidates in a row that are worse than one before them: weaker penalties only take longer. */
const maxWorse = 2;

export const minimizeOptions = (maxIterations = 500) => ({ maxIterations, gradientTolerance: 1e-6 });

/** From the strongest penalty to the weakest, each starting where the last one ended, until they only get worse. */
export function* triedPenalties(
  options: ChoosePenaltyOptions,
): Generator<PenaltyStep, { readonly tried: readonly TriedPenalty[]; readonly chosen: number | undefined }> {
  const { training, validation, penaltyFactor } = yield* sampled(options);
  const tried: TriedPenalty[] = [];
  // A sample may have no row that trains, or none that validates: there is nothing to choose by.
  if (training.rows === 0 || validation.rows === 0) return { tried, chosen: undefined };
  let start = new Float64Array(training.classCount * (training.dimensions + 1));
  for (const penalty of options.penalties.toSorted((a, b) => b - a)) {
    const objective = probeObjective(training, penalty * penaltyFactor);
    const steps = stepsOfLbfgs(objective, start, minimizeOptions(options.maxIterations));
    let next = steps.next();
    while (next.done !== true) {
      yield { kind: 'trial', penalty, iteration: next.value.iteration };
      next = steps.next(true);
    }
    start = Float64Array.from(next.value.point);
    const result = { penalty, validationLoss: probeLoss(validation, start) };
    tried.push(result);
    yield { kind: 'penalty', ...result };
    const best = lowestLoss(tried);
    if (best !== undefined && tried.length - 1 - tried.indexOf(best) >= maxWorse) break;
  }
  return { tried, chosen: chosenPenalty(tried, penaltyFactor !== 1) };
}

function lowestLoss(tried: readonly TriedPenalty[]): TriedPenalty | undefined {
  return tried.reduce<TriedPenalty | undefined>(
    (best, candidate) =>
      best === undefined || candidate.validationLoss < best.validationLoss ? candidate : best,
    undefined,
  );
}

/**
 * The one with the lowest loss. Fewer classes are told apart more easily and bear a weaker penalty than all would: of a
 * sample's candidates that are nearly as good the strongest is taken.
 */
function chosenPenalty(tried: readonly TriedPenalty[], isSample: boolean): number | undefined {
  const best = lowestLoss(tried);
  if (best === undefined || !isSample) return best?.penalty;
  const nearly = tried.filter(({ validationLoss }) => validationLoss <= best.validationLoss * sampleMargin);
  return Math.max(...nearly.map(({ penalty }) => penalty));
}

/**
 * Fewer classes cost less twice: fewer weights, and fewer rows. With as many rows a class, a class's weights are as free
 * when the penalty is the same beside the sum of the losses; beside their mean it is that much larger for fewer rows.
 */
function* sampled({
  training,
  validation,
  seed,
  maxProducts = defaultMaxProducts,
}: ChoosePenaltyOptions): Generator<
  PenaltyStep,
  { readonly training: ProbeData; readonly validation: ProbeData; readonly penaltyFactor: number }
> {
  const { rows, dimensions, classCount, targets } = training;
  const share = maxProducts / (rows * dimensions * classCount);
  const classes = Math.max(
    minClasses,
    Math.floor(classCount * (targets.kind === 'multiclass' ? Math.sqrt(share) : share)),
  );
  if (classes >= classCount) return { training, validation, penaltyFactor: 1 };
  const [fewer, fewerValidation] = sampleClasses([training, validation] as const, classes, seed);
  yield { kind: 'sample', classes, rows: fewer.rows };
  return { training: fewer, validation: fewerValidation, penaltyFactor: rows / fewer.rows };
}
