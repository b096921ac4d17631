import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import { writeFinetunedModel } from '../../../src/training/index.ts';
import { hashed } from '../../helpers/synthetic-weights.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'finetuned-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(directory: string): Promise<{ logits: number[]; features: number[] }> {
  const session = await InferenceSession.create(join(directory, 'model.onnx'), { intraOpNumThreads: 1 });
  const pixels = new Tensor('float32', hashed('pixels 0', 3 * 16 * 16), [1, 3, 16, 16]);
  const { logits, features } = await session.run({ pixel_values: pixels });
  await session.release();
  const values = (tensor: typeof logits): number[] => Array.from(tensor?.data as Float32Array);
  return { logits: values(logits), features: values(features) };
}

describe('writeFinetunedModel', () => {
  it.each(['distilled', 'timm-distilled'])(
    'puts the classifier that was trained on the features in place of every head: %s',
    async (name) => {
      const source = join(root, `${name}-source`);
      const golden = join('test/golden/checkpoints', name);
      const { manifest } = await exportModel({ source: golden, out: source });
      const { hiddenSize } = manifest.architecture;
      const weight = Float32Array.from({ length: 2 * hiddenSize }, (_, index) => Math.sin(index));
      const bias = Float32Array.of(0.5, -0.25);
      const folders = { pytorchFolder: join(root, `${name}-p`), mlflowFolder: join(root, `${name}-m`) };
      await writeFinetunedModel({ source, labels: ['cat', 'dog'], weight, bias, ...folders });
      for (const [index, folder] of Object.values(folders).entries()) {
        const out = join(root, `${name}-${index}`);
        const tuned = await exportModel({ source: folder, out });
        expect(tuned.manifest.labels).toEqual(['cat', 'dog']);
        const { logits, features } = await run(out);
        const before = await run(source);
        for (const [column, value] of features.entries())
          expect(value).toBeCloseTo(before.features[column] ?? 0, 5);
        const expected = [0, 1].map((row) =>
          features.reduce(
            (sum, value, column) => sum + value * (weight[row * hiddenSize + column] ?? 0),
            bias[row] ?? 0,
          ),
        );
        expect(logits[0]).toBeCloseTo(expected[0] ?? 0, 5);
        expect(logits[1]).toBeCloseTo(expected[1] ?? 0, 5);
      }
    },
  );
});
