/** Writes the gradient at `point` into `gradient` and returns the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimizeOptions {
  readonly maxIterations: number;
  /** Ends when no component of the gradient is larger than this. */
  readonly gradientTolerance: number;
  /** Called after each accepted step; returning false ends early. */
  readonly onIteration?: (iteration: MinimizeIteration) => boolean | void;
}

export interface MinimizeIteration {
  /** 1 for the first accepted step. */
  readonly iteration: number;
  readonly value: number;
  /** The largest absolute component. */
  readonly gradientNorm: number;
  readonly point: Float64Array;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** `stalled`: the line search found no lower point, which at the end of the precision is the minimum. */
  readonly reason: 'gradient' | 'stopped' | 'max-iterations' | 'stalled';
}

const maxMemory = 10;
const minMemory = 3;
/** Of the steps that are remembered: with many classes one of them is large. */
const memoryBytes = 512 << 20;
/** Sufficient decrease and curvature, the usual constants for quasi-Newton steps. */
const decrease = 1e-4;
const curvature = 0.9;
const maxLineSteps = 30;

/**
 * Minimises a smooth function by L-BFGS (two-loop recursion over the last steps, ten at most) with a line search for
 * the strong Wolfe conditions. Float64 and no randomness: the same input gives the same bits.
 */
export function minimizeLbfgs(objective: Objective, start: Float64Array, options: MinimizeOptions): Minimum {
  const steps = stepsOfLbfgs(objective, start, options);
  for (let next = steps.next(); ; next = steps.next(options.onIteration?.(next.value) !== false))
    if (next.done === true) return next.value;
}

/** The same, one accepted step at a time: whoever goes on with `false` ends it there. */
export function* stepsOfLbfgs(
  objective: Objective,
  start: Float64Array,
  options: Omit<MinimizeOptions, 'onIteration'>,
): Generator<MinimizeIteration, Minimum, boolean> {
  const size = start.length;
  const memory = Math.min(maxMemory, Math.max(minMemory, Math.floor(memoryBytes / (16 * size))));
  let point: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(size);
  let value = objective(point, gradient);
  let evaluations = 1;
  const history: { step: Float64Array; change: Float64Array; rho: number }[] = [];
  const direction = new Float64Array(size);
  const end = (reason: Minimum['reason'], iterations: number): Minimum => ({
    point,
    value,
    gradientNorm: largest(gradient),
    iterations,
    evaluations,
    reason,
  });
  if (!Number.isFinite(value)) throw new RangeError(`the objective is ${value} at the start`);

  for (let iteration = 1; iteration <= options.maxIterations; iteration += 1) {
    if (largest(gradient) <= options.gradientTolerance) return end('gradient', iteration - 1);
    descentDirection(gradient, history, direction);
    let slope = dot(gradient, direction);
    if (!(slope < 0)) {
      // Rounding has spoilt the history: steepest descent always descends.
      history.length = 0;
      for (let index = 0; index < size; index += 1) direction[index] = -gradient[index]!;
      slope = dot(gradient, direction);
    }
    const firstStep = history.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const found = searchLine(objective, { point, value, slope, direction, firstStep });
    evaluations += found.evaluations;
    if (found.accepted === undefined) return end('stalled', iteration - 1);

    const step = new Float64Array(size);
    const change = new Float64Array(size);
    for (let index = 0; index < size; index += 1) {
      step[index] = found.accepted.point[index]! - point[index]!;
      change[index] = found.accepted.gradient[index]! - gradient[index]!;
    }
    ({ point, gradient, value } = found.accepted);
    const product = dot(step, change);
    if (product > 1e-12 * dot(change, change)) {
      history.push({ step, change, rho: 1 / product });
      if (history.length > memory) history.shift();
    }
    const gradientNorm = largest(gradient);
    if (!(yield { iteration, value, gradientNorm, point })) return end('stopped', iteration);
  }
  return end(
    largest(gradient) <= options.gradientTolerance ? 'gradient' : 'max-iterations',
    options.maxIterations,
  );
}

function descentDirection(
  gradient: Float64Array,
  history: readonly { step: Float64Array; change: Float64Array; rho: number }[],
  direction: Float64Array,
): void {
  direction.set(gradient);
  const weights: number[] = [];
  for (const { step, change, rho } of history.toReversed()) {
    const weight = rho * dot(step, direction);
    weights.push(weight);
    addScaled(direction, change, -weight);
  }
  const last = history.at(-1);
  const scale = last === undefined ? 1 : 1 / (last.rho * dot(last.change, last.change));
  for (let index = 0; index < direction.length; index += 1) direction[index] = direction[index]! * scale;
  for (const { step, change, rho } of history) {
    addScaled(direction, step, (weights.pop() ?? 0) - rho * dot(change, direction));
  }
  for (let index = 0; index < direction.length; index += 1) direction[index] = -direction[index]!;
}

interface Line {
  readonly point: Float64Array;
  readonly value: number;
  readonly slope: number;
  readonly direction: Float64Array;
  readonly firstStep: number;
}

interface Trial {
  readonly length: number;
  readonly value: number;
  readonly slope: number;
  readonly point: Float64Array;
  readonly gradient: Float64Array;
}

/**
 * A step length that meets the strong Wolfe conditions: grow until an interval is known to hold one, then narrow it
 * by cubic interpolation. If the precision ends first, the best point that decreased enough is taken.
 */
function searchLine(objective: Objective, line: Line): { accepted?: Trial; evaluations: number } {
  let evaluations = 0;
  const probe = (length: number): Trial => {
    evaluations += 1;
    const point = Float64Array.from(line.point);
    addScaled(point, line.direction, length);
    const gradient = new Float64Array(point.length);
    const value = objective(point, gradient);
    return { length, value, slope: dot(gradient, line.direction), point, gradient };
  };
  const decreased = (trial: Trial): boolean =>
    trial.value <= line.value + decrease * trial.length * line.slope;
  const flat = (trial: Trial): boolean => Math.abs(trial.slope) <= -curvature * line.slope;
  const origin = { length: 0, value: line.value, slope: line.slope };

  let low: Pick<Trial, 'length' | 'value' | 'slope'> = origin;
  let high: typeof low | undefined;
  let best: Trial | undefined;
  let length = line.firstStep;
  for (let step = 0; step < maxLineSteps; step += 1) {
    const trial = probe(length);
    if (!Number.isFinite(trial.value) || !decreased(trial) || trial.value >= low.value) {
      high = trial;
    } else {
      best = trial;
      if (flat(trial)) return { accepted: trial, evaluations };
      const rising = trial.slope * ((high?.length ?? Infinity) - low.length) >= 0;
      if (rising) high = low;
      low = trial;
    }
    if (high === undefined) {
      length *= 2;
      continue;
    }
    const width = Math.abs(high.length - low.length);
    if (width <= 1e-14 * Math.max(1, Math.abs(low.length))) break;
    length = interpolate(low, high);
  }
  return best === undefined ? { evaluations } : { accepted: best, evaluations };
}

/** The minimum of the cubic through both ends, kept off them; the middle where the cubic has none. */
function interpolate(
  low: Pick<Trial, 'length' | 'value' | 'slope'>,
  high: Pick<Trial, 'length' | 'value' | 'slope'>,
): number {
  const width = high.length - low.length;
  const middle = low.length + width / 2;
  if (!Number.isFinite(high.value) || !Number.isFinite(high.slope)) return middle;
  const first = low.slope + high.slope - (3 * (high.value - low.value)) / width;
  const root = first * first - low.slope * high.slope;
  if (root < 0) return middle;
  const second = Math.sign(width) * Math.sqrt(root);
  const at = high.length - width * ((high.slope + second - first) / (high.slope - low.slope + 2 * second));
  const margin = 0.1 * Math.abs(width);
  const [from, to] = width > 0 ? [low.length, high.length] : [high.length, low.length];
  return Number.isFinite(at) ? Math.min(to - margin, Math.max(from + margin, at)) : middle;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let index = 0; index < target.length; index += 1)
    target[index] = target[index]! + scale * source[index]!;
}

function largest(values: Float64Array): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}
