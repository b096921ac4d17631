import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { makeFolders } from '../../io/index.ts';
import { dataManifestName } from '../../training/data/index.ts';

/**
 * Runs `fill` on a new folder beside `out` and puts it in its place when it is complete: whatever fails, `out` is as it
 * was. What an earlier run made is replaced; a folder of anything else is refused.
 *
 * @throws AmlDeitError OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN
 */
export async function publishData<T>(out: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const target = resolve(out);
  const entries = await entriesOf(target);
  if (entries !== undefined && entries.length > 0 && !entries.includes(dataManifestName))
    throw new AmlDeitError('OUTPUT_EXISTS', `${out} holds files that data prepare did not make`, {
      hint: 'name a new or empty folder with --out',
    });
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`,
  );
  try {
    await makeFolders(temporary);
    const result = await fill(temporary);
    const aside = `${temporary}.old`;
    if (entries !== undefined) await rename(target, aside);
    await rename(temporary, target);
    await rm(aside, { recursive: true, force: true });
    return result;
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof AmlDeitError || code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${out} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function entriesOf(directory: string): Promise<string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR')
      throw new AmlDeitError('OUTPUT_EXISTS', `${directory} is a file, expected a folder`);
    throw new AmlDeitError('FILE_UNREADABLE', `${directory} cannot be read (${code})`, { cause: error });
  }
}
