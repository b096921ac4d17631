import { mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isDownloadStaging } from '../../azure/download-staging.ts';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { makeFolders } from '../../io/index.ts';

/**
 * Before a job is started and paid for whose rows could not be put there: the folder has to be new or empty, and what is
 * around it ours to write. Throws OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function requireRowsOutput(directory: string): Promise<void> {
  const target = resolve(directory);
  try {
    const names = await readdir(target).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (names?.some((name) => !isDownloadStaging(name)) === true)
      throw new AmlDeitError('OUTPUT_EXISTS', `${directory} is already there and holds other files`, {
        hint: 'name a new or empty folder',
      });
    // Whether a folder may be made is known for certain when one was.
    const place = names === undefined ? dirname(target) : target;
    await makeFolders(place);
    await rmdir(await mkdtemp(join(place, `.${basename(target)}-`)));
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    throw new AmlDeitError(
      'OUTPUT_NOT_WRITTEN',
      `${directory} cannot be written: ${systemErrorCode(error) ?? String(error)}`,
      { hint: 'name a folder of yours with --output', cause: error },
    );
  }
}
