/**
 * The linear probe's L-BFGS against scikit-learn's, on the same rows: 10,000 × 768 features, 10 classes, one L2 penalty,
 * to the same accuracy of the gradient. Prints time and the objective's value at each end, which must be the same.
 * Usage: node bench/lbfgs.ts [PYTHON]   (a Python with scikit-learn; without one only our side is measured)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minimizeLbfgs } from '../src/training/minimize-lbfgs.ts';
import { probeObjective } from '../src/training/probe-objective.ts';
import { createRandom } from '../src/training/random.ts';
import { machine, median } from './machine.ts';

const rows = 10_000;
const dimensions = 768;
const classCount = 10;
const l2 = 0.01;
const rounds = 3;

const random = createRandom('lbfgs bench');
const centres = Float64Array.from({ length: classCount * dimensions }, () => random.normal());
const labels = Int32Array.from({ length: rows }, (_, row) => row % classCount);
const features = new Float64Array(rows * dimensions);
for (let row = 0; row < rows; row += 1)
  for (let index = 0; index < dimensions; index += 1)
    // As in standardised features of pictures: classes overlap.
    features[row * dimensions + index] =
      0.15 * centres[labels[row]! * dimensions + index]! + Math.fround(random.normal());

const objective = probeObjective(
  { features, rows, dimensions, classCount, targets: { kind: 'multiclass', labels } },
  l2,
);
console.log(machine());
const runs = Array.from({ length: rounds }, () => {
  const begin = performance.now();
  const minimum = minimizeLbfgs(objective, new Float64Array(classCount * (dimensions + 1)), {
    maxIterations: 1000,
    gradientTolerance: 1e-6,
  });
  return { seconds: (performance.now() - begin) / 1000, minimum };
});
const ours = median(runs.map(({ seconds }) => seconds));
const { value, iterations, evaluations, gradientNorm } = runs[0]!.minimum;
console.log(
  `aml-deit      ${ours.toFixed(2)} s, objective ${value.toPrecision(12)}, ${iterations} iterations, ${evaluations} evaluations, gradient ${gradientNorm.toExponential(1)}`,
);

const [python] = process.argv.slice(2);
if (python !== undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-lbfgs-'));
  try {
    writeFileSync(join(folder, 'features.f64'), new Uint8Array(features.buffer));
    writeFileSync(join(folder, 'labels.i32'), new Uint8Array(labels.buffer));
    const script = fileURLToPath(new URL('lbfgs-sklearn.py', import.meta.url));
    const theirs = JSON.parse(
      execFileSync(python, [script, folder, String(rows), String(dimensions), String(l2), String(rounds)], {
        encoding: 'utf8',
      }),
    ) as { seconds: number[]; objective: number; iterations: number; version: string };
    const seconds = median(theirs.seconds);
    console.log(
      `scikit-learn  ${seconds.toFixed(2)} s, objective ${theirs.objective.toPrecision(12)}, ${theirs.iterations} iterations (${theirs.version})`,
    );
    console.log(
      `ratio of times ${(ours / seconds).toFixed(2)}, difference of the objectives ${(value - theirs.objective).toExponential(1)}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
