import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors/index.ts';
import { worldSizeOf } from './output-files.ts';
import type { Shard } from './shard.ts';
import { written } from './shard-output.ts';

/**
 * Removes what a run of another number of processes left that ended before its first row: nothing is lost with it, and a
 * command that was corrected is another one. Where it has a row, all of it stays, for whoever opens the output to refuse.
 * Throws OUTPUT_NOT_WRITTEN.
 */
export async function clearRunWithoutRows(directory: string, { worldSize }: Shard): Promise<void> {
  await written(directory, async () => {
    const names = await readdir(directory);
    const others = names.filter((name) => ![undefined, worldSize].includes(worldSizeOf(name)));
    for (const name of others) if (await holdsRows(join(directory, name), name)) return;
    for (const name of others) await rm(join(directory, name), { force: true });
  });
}

/** A file of rows has none before its first byte; anything that is complete is not to be touched. */
async function holdsRows(path: string, name: string): Promise<boolean> {
  if (name.startsWith('.score-')) return name.endsWith('.merged');
  if (!name.endsWith('.partial')) return true;
  // Another process of this run may have removed it meanwhile.
  return stat(path).then(
    ({ size }) => size > 0,
    (error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
