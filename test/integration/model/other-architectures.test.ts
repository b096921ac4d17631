import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel } from '../../../src/actions/export-model.ts';
import { decodeImage, encodeImage, preprocess, startInference } from '../../../src/vision/index.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'architectures-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('the scorer', () => {
  it.each(['distilled', 'wide', 'one-channel'])(
    'takes a picture for a model of another kind: %s',
    async (name) => {
      const source = join('test/golden/checkpoints', name);
      const { directory, manifest } = await exportModel({ source, out: join(root, name) });
      const data = Uint8Array.from({ length: 1800 }, (_, index) => index % 251);
      const bytes = await encodeImage({ width: 30, height: 20, data }, { format: 'png' });
      const pixels = preprocess(await decodeImage(bytes), manifest.preprocessing);
      const inference = await startInference({ packageDirectory: directory, threads: 1 });
      try {
        const { logits, features } = await inference.run(pixels, 1);
        expect([logits.length, features.length]).toEqual([3, 8]);
        expect([...logits, ...features].every(Number.isFinite)).toBe(true);
      } finally {
        await inference.close();
      }
    },
  );
});
