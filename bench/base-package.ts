import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportModel } from '../src/actions/export-model.ts';
import { writeBaseCheckpoint } from './base-checkpoint.ts';

/** Hands over a model package of DeiT base's shape and size, made for this run. */
export async function withBasePackage(use: (directory: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'aml-deit-bench-'));
  try {
    await writeBaseCheckpoint(join(root, 'checkpoint'));
    const { directory } = await exportModel({ source: join(root, 'checkpoint'), out: join(root, 'package') });
    await use(directory);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
