import { readFile } from 'node:fs/promises';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';

/** What a path can be besides a picture, and no fault of the machine. */
const ofPath: ReadonlySet<string> = new Set(['EACCES', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EPERM']);

/**
 * The bytes of a picture that a table names.
 *
 * @throws AmlDeitError IMAGE_INVALID when there is no such file or it cannot be opened: a fault of this one picture;
 * FILE_UNREADABLE for a fault of the machine.
 */
export async function readPicture(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = systemErrorCode(error) ?? 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new AmlDeitError('IMAGE_INVALID', 'there is no such file', { cause: error });
    if (ofPath.has(code))
      throw new AmlDeitError('IMAGE_INVALID', `the file cannot be read (${code})`, { cause: error });
    throw new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read (${code})`, { cause: error });
  }
}
