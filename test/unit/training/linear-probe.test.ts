import { describe, expect, test } from 'vitest';
import { applyHead, fitLinearProbe } from '../../../src/training/linear-probe.ts';
import { probeObjective } from '../../../src/training/probe-objective.ts';
import type { ProbeTargets } from '../../../src/training/probe-objective.ts';
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

describe('probeObjective', () => {
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
