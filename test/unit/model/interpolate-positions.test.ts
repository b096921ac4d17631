import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportModel, verifyModel } from '../../../src/index.ts';
import { interpolatePositions } from '../../../src/model/interpolate-positions.ts';
import { hashed, smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

interface Golden {
  readonly width: number;
  readonly cases: readonly { prefix: number; from: number; to: number; values: number[] }[];
}
const golden = JSON.parse(await readFile('test/golden/positions/positions.json', 'utf8')) as Golden;

describe('interpolatePositions', () => {
  it.each(golden.cases)('from $from to $to, after $prefix tokens, is what transformers gives', (given) => {
    const { width } = golden;
    const positions = hashed('positions', (given.prefix + given.from ** 2) * width);
    const result = interpolatePositions(positions, { ...given, width });
    expect(result).toHaveLength(given.values.length);
    const worst = Math.max(...result.map((value, index) => Math.abs(value - (given.values[index] ?? 9))));
    expect(worst).toBeLessThan(2e-6);
  });

  it('keeps positions of the same size as they are', () => {
    const positions = hashed('positions', 17 * 3);
    expect(interpolatePositions(positions, { prefix: 1, from: 4, to: 4, width: 3 })).toEqual(positions);
  });
});

describe('an export for pictures of another size', () => {
  it('has that size everywhere, other labels and the profile, and runs', async () => {
    const root = await mkdtemp(join(tmpdir(), 'aml-deit-size-'));
    try {
      const source = join(root, 'checkpoint');
      await writeCheckpoint(source, {
        config: smallConfig({ keep: 'me' }),
        preprocessor: { do_resize: true, size: 20, do_center_crop: true, crop_size: 16, resample: 3 },
      });
      const labels = join(root, 'labels.txt');
      await writeFile(labels, 'dose\nkarton\nflasche\n');
      const out = join(root, 'package');
      const { manifest } = await exportModel({ source, out, imageSize: 40, labels });
      expect(manifest.architecture.imageSize).toEqual({ height: 40, width: 40 });
      expect(manifest.labels).toEqual(['dose', 'karton', 'flasche']);
      expect(manifest.preprocessing).toMatchObject({
        resize: { mode: 'squash', height: 50, width: 50 },
        crop: { height: 40, width: 40 },
        resample: 'bicubic',
      });
      const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as object;
      expect(config).toMatchObject({ keep: 'me', image_size: 40, id2label: { 0: 'dose' } });
      expect((await verifyModel({ model: out })).outputs.logits).toEqual([1, 3]);
      // What was exported is itself a checkpoint, and says the same of itself.
      const again = await exportModel({ source: out, out: join(root, 'again') });
      expect(again.manifest.preprocessing).toEqual(manifest.preprocessing);
      expect(again.manifest.files['model.safetensors']).toEqual(manifest.files['model.safetensors']);
      const timm = await exportModel({ source, out: join(root, 'timm'), profile: 'timm' });
      expect(timm.manifest).toMatchObject({ profile: 'timm', preprocessing: { resample: 'bicubic' } });
      expect(timm.contentHash).not.toBe(again.contentHash);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
