import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel, importRegistryModel } from '../../src/index.ts';
import type { FinetuneModelOptions } from '../../src/index.ts';
import { createTwin } from '../../src/testing.ts';
import type { Twin } from '../../src/testing.ts';
import { writeRandomCheckpoint } from '../../src/training/index.ts';
import { drawTable, smallBackbone } from './fridge-tables.ts';

export interface FinetuneBench extends AsyncDisposable {
  readonly twin: Twin;
  readonly directory: string;
  /** Options that fine-tune the imported model on small drawn pictures. */
  options(more?: Partial<FinetuneModelOptions>): FinetuneModelOptions;
}

/** A twin whose registry has a small model in the place of the card's, and tables of small drawn pictures. */
export async function finetuneBench(): Promise<FinetuneBench> {
  const directory = await mkdtemp(join(tmpdir(), 'aml-deit-finetune-'));
  const backbone = join(directory, 'backbone');
  const tables = { train: 12, validation: 4, test: 4 };
  const [twin] = await Promise.all([
    createTwin({ jobs: { lingerMs: 0 } }),
    writeRandomCheckpoint({ directory: backbone, labels: ['a', 'b'], ...smallBackbone }),
    ...Object.entries(tables).map(([split, perClass]) =>
      drawTable({ directory: join(directory, split), split, perClass }),
    ),
  ]);
  const base = join(directory, 'base');
  await exportModel({ source: backbone, out: base });
  await importRegistryModel({ directory: base, env: twin.env });
  return {
    twin,
    directory,
    options: (more = {}) => ({
      target: 'local',
      env: { ...twin.env },
      pollIntervalMs: 50,
      watchIntervalMs: 50,
      trainingData: join(directory, 'train'),
      validationData: join(directory, 'validation'),
      testData: join(directory, 'test'),
      createCompute: true,
      applyOrt: 'leave-out',
      packageOut: join(directory, 'package'),
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      await twin.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
