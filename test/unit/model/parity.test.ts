import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import { hashed, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

interface Golden {
  readonly config: { readonly image_size: number } & Readonly<Record<string, unknown>>;
  readonly tensors: number;
  readonly logits: number[][];
  readonly features: number[][];
}

const goldens = globSync('test/golden/parity/*.json').sort();
const tolerance = 1e-4;
const batchTolerance = 1e-5;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parity-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function maxError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...Array.from(expected, (value, index) => Math.abs((actual[index] ?? NaN) - value)));
}

describe('the exported graph', () => {
  it('has goldens of more than a dozen shapes', () => {
    expect(goldens.length).toBeGreaterThan(12);
  });

  it.each(goldens)('answers as transformers does: %s', async (file) => {
    const golden = JSON.parse(await readFile(file, 'utf8')) as Golden;
    const source = join(directory, basename(file, '.json'));
    const [first] = golden.logits;
    await writeCheckpoint(source, { config: golden.config, labels: first?.length ?? 0 });
    const out = `${source}-package`;
    const { tensors } = await exportModel({ source, out });
    expect(tensors.count).toBe(golden.tensors);
    expect((await stat(join(out, 'model.onnx'))).size).toBeLessThan(100_000);

    const session = await InferenceSession.create(join(out, 'model.onnx'), { intraOpNumThreads: 1 });
    expect(session.inputNames).toEqual(['pixel_values']);
    expect(session.outputNames).toEqual(['logits', 'features']);
    const side = golden.config.image_size;
    const rows = golden.logits.map((_, row) => hashed(`pixels ${row}`, 3 * side * side));
    const run = async (count: number, pixels: Float32Array) => {
      const { logits, features } = await session.run({
        pixel_values: new Tensor('float32', pixels, [count, 3, side, side]),
      });
      if (logits === undefined || features === undefined) throw new Error('an output is missing');
      expect(logits.dims).toEqual([count, first?.length]);
      return { logits: logits.data as Float32Array, features: features.data as Float32Array };
    };

    const pixels = new Float32Array(rows.length * 3 * side * side);
    for (const [row, values] of rows.entries()) pixels.set(values, row * values.length);
    const batch = await run(rows.length, pixels);
    for (const output of ['logits', 'features'] as const) {
      const expected = golden[output].flat();
      const scale = rootMeanSquare(expected);
      expect(maxError(batch[output], expected)).toBeLessThanOrEqual(tolerance * scale);
      const width = expected.length / rows.length;
      for (const [row, values] of rows.entries()) {
        const single = (await run(1, values))[output];
        const same = batch[output].subarray(row * width, (row + 1) * width);
        expect(maxError(single, same)).toBeLessThanOrEqual(batchTolerance * scale);
      }
    }
    await session.release();
  });
});
