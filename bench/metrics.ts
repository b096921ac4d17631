/**
 * Evaluation figures of 200,000 rows × 10 classes: ours against scikit-learn's functions for the same figures, on the
 * same numbers, which go through a file. CPU seconds, which a busy machine leaves comparable. SKLEARN_PYTHON names a Python that has scikit-learn; without it only ours run.
 * Usage: npm run bench:metrics [-- ROWS [CLASSES]]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { multiclassMetrics, topKAccuracy } from '../src/metrics/index.ts';
import { createRandom } from '../src/training/random.ts';
import { machine, median } from './machine.ts';

const rows = Number(process.argv[2] ?? 200_000);
const columns = Number(process.argv[3] ?? 10);
const runs = 3;

const random = createRandom('bench-metrics');
const truth = new Int32Array(rows);
const predicted = new Int32Array(rows);
const values = new Float64Array(rows * columns);
for (let row = 0; row < rows; row += 1) {
  truth[row] = random.integer(columns);
  const logits = Array.from(
    { length: columns },
    (_, column) => random.normal() + (column === truth[row] ? 1.5 : 0),
  );
  const exponents = logits.map(Math.exp);
  const sum = exponents.reduce((total, value) => total + value, 0);
  for (const [column, value] of exponents.entries()) values[row * columns + column] = value / sum;
  predicted[row] = logits.indexOf(Math.max(...logits));
}
const labels = { truth: Array.from(truth), predictions: Array.from(predicted) };

console.log(machine());
console.log(`${rows} rows, ${columns} classes; CPU seconds, median of ${runs}`);
const before = process.memoryUsage().rss;
const times: number[] = [];
let scalars: Readonly<Record<string, number | undefined>> = {};
for (let run = 0; run < runs; run += 1) {
  const begin = process.cpuUsage();
  const figures = multiclassMetrics({ ...labels, probabilities: { values, columns } });
  figures.accuracyTable?.();
  for (const _row of figures.confusionMatrix());
  scalars = { ...figures.scalars, top_5: topKAccuracy(truth, { values, columns }, 5) };
  const { user, system } = process.cpuUsage(begin);
  times.push((user + system) / 1e6);
}
const own = median(times);
console.log(
  `ours: ${own.toFixed(2)} s, ${((process.memoryUsage().rss - before) / 2 ** 20).toFixed(0)} MiB more`,
);

const python = process.env['SKLEARN_PYTHON'];
if (python !== undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'aml-deit-bench-'));
  try {
    writeFileSync(join(directory, 'truth'), truth);
    writeFileSync(join(directory, 'predicted'), predicted);
    writeFileSync(join(directory, 'probabilities'), values);
    const script = fileURLToPath(new URL('metrics-sklearn.py', import.meta.url));
    const child = spawnSync(python, [script, directory, String(columns), String(runs)], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(child.stderr);
    const theirs = JSON.parse(child.stdout) as {
      readonly version: string;
      readonly seconds: readonly number[];
      readonly figures: Readonly<Record<string, number>>;
    };
    const seconds = median(theirs.seconds);
    const differences = Object.entries(theirs.figures).map(([name, value]) =>
      Math.abs(value - (scalars[name] ?? NaN)),
    );
    console.log(`scikit-learn ${theirs.version}: ${seconds.toFixed(2)} s`);
    console.log(
      `ratio ${(seconds / own).toFixed(1)}; largest difference of ${differences.length} figures ${Math.max(...differences)}`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}
