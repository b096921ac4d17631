import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';

const marker = '.aml-deit-quickstart';

/**
 * Makes the quickstart's folder, or takes the one of an earlier run. What is in it gets replaced, so a folder of
 * somebody else's is refused: it lacks the marker.
 */
export async function takeOwnFolder(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const entries = await readdir(out);
  if (entries.length > 0 && !entries.includes(marker))
    throw new AmlDeitError('OUTPUT_EXISTS', `${out} holds files that the quickstart did not make`, {
      hint: 'name a new or empty folder with --out',
    });
  await writeFile(join(out, marker), 'Made by aml-deit quickstart, which replaces what is in here.\n');
}

/** Runs what writes under `out`; the system's refusals (no space, no permission) become OUTPUT_NOT_WRITTEN. */
export async function writingTo<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof AmlDeitError || code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${out} cannot be written: ${errorMessage(error)}`, {
      hint: 'name another folder with --out',
      cause: error,
    });
  }
}
