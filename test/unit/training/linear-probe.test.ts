import { describe, expect, test } from 'vitest';
import { triedPenalties } from '../../../src/training/choose-penalty.ts';
import type { PenaltyStep } from '../../../src/training/choose-penalty.ts';
import { applyHead, fitLinearProbe } from '../../../src/training/linear-probe.ts';
import { minimizeLbfgs } from '../../../src/training/minimize-lbfgs.ts';
import { probeLoss, probeObjective } from '../../../src/training/probe-objective.ts';
import type { ProbeData, ProbeTargets } from '../../../src/training/probe-objective.ts';
import { sampleClasses } from '../../../src/training/probe-rows.ts';
import { createRandom } from '../../../src/training/random.ts';

const rows = 60;
const dimensions = 5;
const classCount = 3;

function makeData(seed: number, spread: number): { features: Float32Array; labels: Int32Array } {
  const random = createRandom(seed, 'probe test');
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classCount);
  const features = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row += 1)
    for (let index = 0; index < dimensions; index += 1)
      // A different scale and offset in each column, as features have them.
      features[row * dimensions + index] =
        100 * index + 10 ** (index - 2) * ((index === labels[row] ? 3 : 0) + spread * random.normal());
  return { features, labels };
}

function accuracy(logits: Float64Array, labels: Int32Array): number {
  const correct = [...labels].filter((label, row) => {
    const scores = [...logits.subarray(row * classCount, (row + 1) * classCount)];
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return correct.length / labels.length;
}

/** The loss and its gradient, term by term. */
function plainly(data: ProbeData, l2: number, point: Float64Array): { loss: number; gradient: Float64Array } {
  const { features, rows, dimensions, classCount, targets } = data;
  const weights = classCount * dimensions;
  const gradient = new Float64Array(point.length);
  let loss = 0;
  for (let row = 0; row < rows; row += 1) {
    const x = features.subarray(row * dimensions, (row + 1) * dimensions);
    const logits = point.slice(weights);
    for (let at = 0; at < weights; at += 1)
      logits[Math.floor(at / dimensions)]! += x[at % dimensions]! * point[at]!;
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (let label = 0; label < classCount; label += 1) {
      const logit = logits[label]!;
      const isTrue =
        targets.kind === 'multiclass'
          ? Number(targets.labels[row] === label)
          : targets.labels[row * classCount + label]!;
      if (targets.kind === 'multilabel') loss += Math.log1p(Math.exp(isTrue === 1 ? -logit : logit));
      else if (isTrue === 1) loss += Math.log(total) - logit;
      const chance = targets.kind === 'multiclass' ? Math.exp(logit) / total : 1 / (1 + Math.exp(-logit));
      const residual = (chance - isTrue) / rows;
      for (let index = 0; index < dimensions; index += 1)
        gradient[label * dimensions + index]! += residual * x[index]!;
      gradient[weights + label]! += residual;
    }
  }
  let squares = 0;
  for (let index = 0; index < weights; index += 1) {
    squares += point[index]! ** 2;
    gradient[index]! += l2 * point[index]!;
  }
  return { loss: loss / rows + (l2 / 2) * squares, gradient };
}

function farthest(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

/** A cloud of rows around each class's centre, standardised as they are. */
function cloudsOf(classes: number, perClass: number, width: number, spread: number, seed: number): ProbeData {
  const centres = createRandom('clouds');
  const middle = Float64Array.from({ length: classes * width }, () => centres.normal());
  const random = createRandom(seed, 'clouds');
  const labels = Int32Array.from({ length: classes * perClass }, (_, row) => row % classes);
  const features = Float64Array.from(
    { length: labels.length * width },
    (_, at) =>
      middle[labels[Math.floor(at / width)]! * width + (at % width)]! + spread * Math.fround(random.normal()),
  );
  return {
    features,
    rows: labels.length,
    dimensions: width,
    classCount: classes,
    targets: { kind: 'multiclass', labels },
  };
}

describe('probeObjective', () => {
  // Blocks of 64 rows, four classes and four dimensions: each full, over and short.
  test.each([
    [64, 3, 4],
    [65, 4, 5],
    [63, 7, 8],
    [1, 1, 2],
    [130, 6, 9],
  ])(
    'of %i rows of %i features and %i classes is what its terms add up to',
    (rows, dimensions, classCount) => {
      const random = createRandom(rows, 'terms');
      const features = Float64Array.from({ length: rows * dimensions }, () => random.normal());
      const point = Float64Array.from({ length: classCount * (dimensions + 1) }, () => 3 * random.normal());
      for (const targets of [
        { kind: 'multiclass', labels: Int32Array.from({ length: rows }, () => random.integer(classCount)) },
        {
          kind: 'multilabel',
          labels: Uint8Array.from({ length: rows * classCount }, () => random.integer(2)),
        },
      ] as const) {
        const data = { features, rows, dimensions, classCount, targets };
        const plain = plainly(data, 0.1, point);
        const gradient = new Float64Array(point.length).fill(NaN);
        expect(probeObjective(data, 0.1)(point, gradient)).toBeCloseTo(plain.loss, 11);
        expect(farthest(gradient, plain.gradient)).toBeLessThan(1e-13);
        expect(probeLoss(data, point)).toBeCloseTo(plainly(data, 0, point).loss, 11);
      }
    },
  );

  const random = createRandom(11, 'gradient');
  const targets: ProbeTargets[] = [
    { kind: 'multiclass', labels: Int32Array.from({ length: rows }, () => random.integer(classCount)) },
    {
      kind: 'multilabel',
      labels: Uint8Array.from({ length: rows * classCount }, () => random.integer(2)),
    },
  ];
  test.each(targets)('its $kind gradient is the slope of its value', (targets) => {
    const features = Float64Array.from({ length: rows * dimensions }, () => random.normal());
    const objective = probeObjective({ features, rows, dimensions, classCount, targets }, 0.1);
    const point = Float64Array.from({ length: classCount * (dimensions + 1) }, () => random.normal());
    const gradient = new Float64Array(point.length);
    objective(point, gradient);
    const scratch = new Float64Array(point.length);
    for (let index = 0; index < point.length; index += 1) {
      const at = (offset: number): number =>
        objective(
          point.map((value, other) => value + (other === index ? offset : 0)),
          scratch,
        );
      expect(gradient[index]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
    }
  });

  test('of two thousand classes has its minimum where the plain sum has it', () => {
    const data = cloudsOf(2000, 1, 4, 0.3, 1);
    const { point, reason, value } = minimizeLbfgs(probeObjective(data, 3e-3), new Float64Array(2000 * 5), {
      maxIterations: 100,
      gradientTolerance: 1e-6,
    });
    expect(reason).toBe('gradient');
    const { loss, gradient } = plainly(data, 3e-3, point);
    expect(value).toBeCloseTo(loss, 11);
    expect(loss).toBeLessThan(Math.log(2000) - 0.1);
    // A convex function that is level here has no lower point.
    expect(farthest(gradient, new Float64Array(gradient.length))).toBeLessThan(1.001e-6);
  });

  test('scores of a thousand overflow nothing', () => {
    const objective = probeObjective(
      {
        features: new Float64Array([1000, -1000]),
        rows: 2,
        dimensions: 1,
        classCount: 2,
        targets: { kind: 'multilabel', labels: new Uint8Array([1, 0, 0, 1]) },
      },
      0,
    );
    expect(objective(new Float64Array([1, -1, 0, 0]), new Float64Array(4))).toBe(0);
    expect(objective(new Float64Array([-1, 1, 0, 0]), new Float64Array(4))).toBe(2000);
  });
});

describe('fitLinearProbe', () => {
  test('separates what can be separated, in the features’ own scale', () => {
    const { features, labels } = makeData(1, 0.2);
    const probe = fitLinearProbe({
      features,
      dimensions,
      classCount,
      targets: { kind: 'multiclass', labels },
      seed: 1,
    });
    expect(probe.converged).toBe(true);
    expect(accuracy(applyHead(probe, features), labels)).toBe(1);
    // A second draw from the same distribution: it learned the classes, not the rows.
    const fresh = makeData(2, 0.2);
    expect(accuracy(applyHead(probe, fresh.features), fresh.labels)).toBe(1);
    const losses = probe.iterations.map(({ loss }) => loss);
    expect(losses.length).toBeGreaterThan(3);
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(probe.loss).toBe(losses.at(-1));
  });

  test('reaches the one solution that two points a class have', () => {
    // One feature, ±1, no noise: by symmetry the weights are ±w, where the gradient −σ(−2w) + l2·w vanishes.
    const probe = fitLinearProbe({
      features: new Float32Array([1, 1, -1, -1]),
      dimensions: 1,
      classCount: 2,
      targets: { kind: 'multiclass', labels: new Int32Array([0, 0, 1, 1]) },
      seed: 0,
      penalties: [0.1],
      validationShare: 0.5,
    });
    const weight = probe.weight[0]!;
    expect(probe.weight[1]).toBeCloseTo(-weight, 6);
    expect(1 / (1 + Math.exp(2 * weight))).toBeCloseTo(0.1 * weight, 5);
    expect(probe.bias[0]).toBeCloseTo(0, 6);
  });

  test('takes a strong penalty when the labels are noise and a weak one when they are not', () => {
    const { features, labels } = makeData(3, 0.2);
    const random = createRandom(5);
    const noise = labels.map(() => random.integer(classCount));
    const fit = (labels: Int32Array): number =>
      fitLinearProbe({ features, dimensions, classCount, targets: { kind: 'multiclass', labels }, seed: 1 })
        .penalty;
    expect(fit(noise)).toBeGreaterThan(fit(labels));
  });

  test('fits one sigmoid a class where a row has any number of labels', () => {
    const random = createRandom(9, 'multilabel');
    const features = Float32Array.from({ length: rows * dimensions }, () => random.normal());
    const labels = new Uint8Array(rows * classCount);
    for (let row = 0; row < rows; row += 1)
      for (let label = 0; label < classCount; label += 1)
        labels[row * classCount + label] = features[row * dimensions + label]! > 0.3 ? 1 : 0;
    const probe = fitLinearProbe({
      features,
      dimensions,
      classCount,
      targets: { kind: 'multilabel', labels },
      seed: 2,
    });
    const right = [...applyHead(probe, features)].filter((logit, at) => logit > 0 === (labels[at] === 1));
    expect(right.length / labels.length).toBeGreaterThan(0.97);
  });

  test('a feature that never changes gets no weight', () => {
    const { features, labels } = makeData(1, 0.2);
    for (let row = 0; row < rows; row += 1) features[row * dimensions + 4] = 1e6;
    const probe = fitLinearProbe({
      features,
      dimensions,
      classCount,
      targets: { kind: 'multiclass', labels },
      seed: 1,
    });
    for (let label = 0; label < classCount; label += 1) expect(probe.weight[label * dimensions + 4]).toBe(0);
    expect(accuracy(applyHead(probe, features), labels)).toBe(1);
  });

  test('the same seed gives the same bits', () => {
    const { features, labels } = makeData(4, 2);
    const fit = (): Float32Array =>
      fitLinearProbe({ features, dimensions, classCount, targets: { kind: 'multiclass', labels }, seed: 1 })
        .weight;
    expect(fit()).toEqual(fit());
  });

  test('chooses the penalty for many classes on some of them, much as on all, and tries none that only get worse', () => {
    const choose = (maxProducts: number, penalties: readonly number[]) => {
      const steps = triedPenalties({
        training: cloudsOf(300, 3, 8, 1, 1),
        validation: cloudsOf(300, 2, 8, 1, 2),
        penalties,
        seed: 3,
        maxIterations: 30,
        maxProducts,
      });
      const told: PenaltyStep[] = [];
      let next = steps.next();
      for (; next.done !== true; next = steps.next()) told.push(next.value);
      return { best: next.value.chosen, tried: next.value.tried.length, told };
    };
    const penalties = [1e-2, 1e-3, 1e-4, 1e-7, 1e-8, 1e-9, 1e-10];
    const onAll = choose(Infinity, penalties);
    const onSome = choose(1, penalties);
    expect(onAll.told.some(({ kind }) => kind === 'sample')).toBe(false);
    expect(onSome.told[0]).toEqual({ kind: 'sample', classes: 100, rows: 300 });
    expect(onSome.best).toBe(onAll.best);
    expect(onAll.tried).toBeLessThan(penalties.length);
    expect(onSome).toEqual(choose(1, penalties));
  });

  test('samples labels of rows that have any number of them, and keeps every row', () => {
    const random = createRandom(9, 'sampled labels');
    const data: ProbeData = {
      features: Float64Array.from({ length: 40 * 3 }, () => random.normal()),
      rows: 40,
      dimensions: 3,
      classCount: 130,
      targets: { kind: 'multilabel', labels: Uint8Array.from({ length: 40 * 130 }, () => random.integer(2)) },
    };
    const [some] = sampleClasses([data] as const, 100, 1);
    expect([some.rows, some.classCount, some.targets.labels.length]).toEqual([40, 100, 4000]);
    // Labels are independent of each other: each keeps its column, in the order of all.
    const column = (of: ProbeData, label: number): string =>
      Array.from({ length: 40 }, (_, row) => of.targets.labels[row * of.classCount + label]).join('');
    const all = Array.from({ length: 130 }, (_, label) => column(data, label));
    const places = Array.from({ length: 100 }, (_, label) => all.indexOf(column(some, label)));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(places).size).toBe(100);
    expect(places[0]).toBeGreaterThanOrEqual(0);
  });

  const { features, labels } = makeData(6, 1);
  const broken = Float32Array.from(features);
  broken[3 * dimensions + 2] = NaN;
  const oneClass = new Int32Array(rows).fill(2);
  const multilabel = (value: number): ProbeTargets => ({
    kind: 'multilabel',
    labels: new Uint8Array(rows * classCount).fill(value),
  });
  test.each([
    ['a value that is no number', broken, { kind: 'multiclass', labels }, /feature 2 of row 3 is NaN/],
    ['one class', features, { kind: 'multiclass', labels: oneClass }, /all 60 rows are of one class/],
    [
      'a class outside',
      features,
      { kind: 'multiclass', labels: labels.with(4, 3) },
      /row 4 has class 3; expected 0 to 2/,
    ],
    [
      'targets that are fewer than rows',
      features,
      { kind: 'multiclass', labels: labels.subarray(1) },
      /59 targets were given for 60 rows/,
    ],
    [
      'a ragged row',
      features.subarray(1),
      { kind: 'multiclass', labels },
      /299 feature values are not rows of 5/,
    ],
    ['no rows', new Float32Array(0), { kind: 'multiclass', labels: new Int32Array(0) }, /0 feature values/],
    ['a target of 2', features, multilabel(2), /target 0 is 2; expected 0 or 1/],
    ['no positive', features, multilabel(0), /every target is 0/],
  ] as const)('refuses %s', (_, features, targets: ProbeTargets, message) => {
    expect(() => fitLinearProbe({ features, dimensions, classCount, targets, seed: 0 })).toThrow(
      expect.objectContaining({
        code: 'TRAINING_DATA_INVALID',
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});
