import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel } from '../../src/actions/export-model.ts';
import { smallConfig, writeCheckpoint } from './synthetic-weights.ts';

/** A model package of a tiny ViT in a folder of its own. Another label list makes another model. */
export async function smallPackage(labels: readonly string[] = ['can', 'carton', 'bottle']): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aml-deit-package-'));
  const source = join(directory, 'checkpoint');
  await writeCheckpoint(source, {
    config: smallConfig({ id2label: Object.fromEntries(labels.map((label, index) => [index, label])) }),
    preprocessor: {
      do_resize: true,
      size: { height: 16, width: 16 },
      resample: 2,
      do_normalize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    },
  });
  const out = join(directory, 'package');
  await exportModel({ source, out });
  return out;
}
