import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';

/**
 * Puts a text into a file's place in one step, so that nobody ever sees half of it; the file that a link leads to is
 * replaced, not the link, and its permissions stay. `before` is what the file is expected to hold.
 * @throws OUTPUT_NOT_WRITTEN, also when the file holds something else: somebody has changed it meanwhile.
 */
export function replaceFile(file: string, before: string, after: string): void {
  const path = realpathSync(file);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(temporary, after, { flag: 'wx' });
    chmodSync(temporary, statSync(path).mode);
    if (!readFileSync(path).equals(Buffer.from(before))) {
      throw new Error('it was changed while it was being checked');
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${file} cannot be replaced: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
