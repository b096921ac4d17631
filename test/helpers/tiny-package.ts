import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel } from '../../src/actions/export-model.ts';
import { smallConfig, writeCheckpoint } from './synthetic-weights.ts';

export interface TinyPackage {
  readonly directory: string;
  readonly labels: readonly string[];
  remove(): Promise<void>;
}

/** A real model package of a small ViT with synthetic weights, in a temporary folder. */
export async function makeTinyPackage(config: Readonly<Record<string, unknown>> = {}): Promise<TinyPackage> {
  const root = await mkdtemp(join(tmpdir(), 'aml-deit-package-'));
  await writeCheckpoint(join(root, 'tiny'), {
    config: smallConfig(config),
    preprocessor: {
      do_resize: true,
      size: (config['image_size'] as number | undefined) ?? 16,
      do_normalize: true,
    },
  });
  const { directory, manifest } = await exportModel({
    source: join(root, 'tiny'),
    out: join(root, 'package'),
  });
  return { directory, labels: manifest.labels, remove: () => rm(root, { recursive: true, force: true }) };
}
