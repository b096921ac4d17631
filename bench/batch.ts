/**
 * The batch scorer: one process against bare ONNX Runtime that gets ready tensors of the same pictures (same graph, session
 * options, threads); two ranks with a thread each against one process with two; memory over a tree of small files with a
 * tiny model; what is scored again after kill -9. Interleaved, so that ratios stand where the machine's speed drifts.
 * Usage: npm run bench:batch [-- --quick] [--parts speed,ranks,tree,kill] [--rounds N] [--pictures N] [--files N] [--kills N]
 * --quick is a look at whether it works, not at the figures.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { availableThreads } from '../src/vision/available-threads.ts';
import { createBatchMemory } from '../src/vision/batch-memory.ts';
import { startPreprocessor } from '../src/vision/preprocessor.ts';
import { encodeImage } from '../src/vision/encode-image.ts';
import { readModelPackage } from '../src/vision/read-model-package.ts';
import { sessionOptions } from '../src/vision/session-options.ts';
import { numberedPicture } from '../test/helpers/picture-folder.ts';
import { syntheticPicture } from '../test/helpers/synthetic-picture.ts';
import { makeTinyPackage } from '../test/helpers/tiny-package.ts';
import { withBasePackage } from './base-package.ts';
import { machine, median, packageVersions } from './machine.ts';
import { runScore, scoringRate } from './run-score.ts';

// Read by onnxruntime when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    parts: { type: 'string', default: 'speed,ranks,tree,kill' },
    rounds: { type: 'string' },
    pictures: { type: 'string' },
    files: { type: 'string' },
    kills: { type: 'string' },
  },
});
const parts = new Set(flags.parts.split(','));
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5));
const pictures = Number(flags.pictures ?? (flags.quick ? 32 : 400));
const files = Number(flags.files ?? (flags.quick ? 4000 : 200_000));
const kills = Number(flags.kills ?? (flags.quick ? 3 : 20));
const threads = availableThreads();
const batch = 8;
const filesOfFolder = 1000;
const root = mkdtempSync(join(tmpdir(), 'aml-deit-bench-batch-'));
let outputs = 0;

const newOutput = (): string => join(root, `out-${(outputs += 1)}`);
function report(name: string, text: string): void {
  console.log(`${name.padEnd(46)} ${text}`);
}
function ratio(values: readonly number[]): string {
  return `${median(values).toFixed(3)} (${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)})`;
}

/** JPEG files of 640 x 480, a few of them different; gives their folder and what they are. */
async function cameraPictures(): Promise<{ readonly folder: string; readonly encoded: Uint8Array[] }> {
  const folder = join(root, 'pictures');
  mkdirSync(folder);
  const encoded: Uint8Array[] = [];
  for (const pattern of ['waves', 'edges'] as const)
    for (const quality of [50, 60, 70, 80])
      encoded.push(await encodeImage(syntheticPicture(640, 480, pattern), { format: 'jpeg', quality }));
  for (let index = 0; index < pictures; index += 1)
    writeFileSync(join(folder, `${index}.jpg`), encoded[index % encoded.length] ?? Buffer.alloc(0));
  return { folder, encoded };
}

/** Pictures a second of the model alone, in batches of eight. */
async function bareRunner(packageDirectory: string, encoded: readonly Uint8Array[]) {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const { manifest } = await readModelPackage(packageDirectory);
  const preprocessor = startPreprocessor(manifest.preprocessing);
  const tensors: Float32Array[] = [];
  for (const picture of encoded.slice(0, batch)) tensors.push(await preprocessor.prepare(picture));
  await preprocessor.close();
  const session = await InferenceSession.create(
    join(packageDirectory, 'model.onnx'),
    sessionOptions(threads),
  );
  const feed = {
    pixel_values: new Tensor('float32', createBatchMemory().gather(tensors), [batch, 3, 224, 224]),
  };
  await session.run(feed);
  return async (count: number): Promise<number> => {
    const begin = performance.now();
    for (let done = 0; done < count; done += batch) await session.run(feed);
    return (1000 * count) / (performance.now() - begin);
  };
}

async function compareWithBare(packageDirectory: string): Promise<void> {
  const { folder, encoded } = await cameraPictures();
  const bare = await bareRunner(packageDirectory, encoded);
  const bareCount = Math.max(batch * 2, Math.floor(pictures / (4 * batch)) * batch);
  const args = (output: string): string[] => [
    '--model',
    packageDirectory,
    '--input',
    folder,
    '--output',
    output,
  ];
  const own: number[] = [];
  const whole: number[] = [];
  const bareRates: number[] = [];
  const shared: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await bare(bareCount);
    const run = await runScore(args(newOutput()), threads);
    const after = await bare(bareCount);
    bareRates.push((before + after) / 2);
    own.push(scoringRate(run));
    whole.push((1000 * run.result.rows) / run.ms);
    if (!parts.has('ranks')) continue;
    const output = newOutput();
    const both = await Promise.all(
      ['0', '1'].map((rank) => runScore([...args(output), '--rank', rank, '--world-size', '2'], threads / 2)),
    );
    // Both have ended when the slower one has.
    const seconds = Math.max(...both.map(({ result }) => result.seconds - result.loadSeconds));
    shared.push(pictures / seconds);
  }
  const over = (values: readonly number[], others: readonly number[]): string =>
    ratio(values.map((value, round) => value / (others[round] ?? NaN)));
  report(`bare ONNX Runtime, batch ${batch}`, `${median(bareRates).toFixed(2)} img/s`);
  report(
    'score, one process',
    `${median(own).toFixed(2)} img/s; with start and loading ${median(whole).toFixed(2)}`,
  );
  report('  over bare', over(own, bareRates));
  if (shared.length === 0) return;
  report(
    `score, two ranks of ${threads / 2} threads`,
    `${median(shared).toFixed(2)} img/s, the slower one's end`,
  );
  report('  over one process', over(shared, own));
}

/** A real tree of small PNG files, a thousand a folder. */
async function smallFiles(count: number): Promise<string> {
  const folder = join(root, `tree-${count}`);
  const encoded: Uint8Array[] = [];
  for (let index = 0; index < 50; index += 1) encoded.push(await numberedPicture(index));
  for (let index = 0; index < count; index += 1) {
    const below = join(folder, String(Math.floor(index / filesOfFolder)).padStart(4, '0'));
    if (index % filesOfFolder === 0) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `${index}.png`), encoded[index % encoded.length] ?? Buffer.alloc(0));
  }
  return folder;
}

async function measureTree(tiny: string): Promise<void> {
  const folder = await smallFiles(files);
  const run = await runScore(['--model', tiny, '--input', folder, '--output', newOutput()], threads);
  const { residentMiB, result } = run;
  if (result.rows !== files) throw new Error(`${result.rows} rows of ${files} files`);
  const tenth = Math.max(1, Math.floor(residentMiB.length / 10));
  const peakOf = (samples: readonly number[]): string => `${Math.max(...samples).toFixed(0)} MiB`;
  report(
    `a tree of ${files} files, tiny model`,
    `${scoringRate(run).toFixed(0)} img/s; resident at most ${peakOf(residentMiB)} (all its processes, shared pages once)`,
  );
  const second = residentMiB.slice(tenth, 2 * tenth);
  report(
    '  most in its second and its last tenth',
    `${peakOf(second)}, ${peakOf(residentMiB.slice(-tenth))}`,
  );
}

async function measureKills(tiny: string): Promise<void> {
  const folder = await smallFiles(2000);
  const miniBatch = 64;
  const worker = fileURLToPath(new URL('score-counted.ts', import.meta.url));
  const again: number[] = [];
  while (again.length < kills) {
    const output = newOutput();
    const counted = `${output}.count`;
    const child = spawn(process.execPath, [worker, tiny, folder, output, counted, String(miniBatch)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const given = (): number => {
      try {
        return Number(readFileSync(counted, 'utf8'));
      } catch {
        return 0;
      }
    };
    const until = miniBatch + Math.floor(Math.random() * 1000);
    while (given() < until && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await ended;
    if (child.exitCode !== null) continue;
    const journal = readFileSync(join(output, '.score-00000-of-00001.journal'), 'utf8').split('\n');
    const { rows = 0 } = JSON.parse(journal.at(-2) ?? '{}') as { readonly rows?: number };
    again.push(given() - rows);
  }
  report(
    `kill -9 at ${kills} moments, mini-batch ${miniBatch}`,
    `${median(again)} pictures are scored again, ${Math.max(...again)} at most`,
  );
}

try {
  console.log(machine());
  console.log(
    `${packageVersions(['onnxruntime-node', 'sharp'])}; ${threads} threads; JPEG 640x480; ${rounds} rounds of ${pictures}`,
  );
  if (parts.has('speed') || parts.has('ranks')) await withBasePackage(compareWithBare);
  const tiny = await makeTinyPackage();
  try {
    if (parts.has('tree')) await measureTree(tiny.directory);
    if (parts.has('kill')) await measureKills(tiny.directory);
  } finally {
    await tiny.remove();
  }
} finally {
  rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
