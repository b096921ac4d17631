import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';

/** Opens a file, and nothing but a file. @throws FILE_NOT_FOUND, FILE_UNREADABLE. */
export async function openForReading(file: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle?.close();
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '');
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? `${file} does not exist` : `${file} cannot be read (${systemErrorCode(error)})`,
      { cause: error, details: { file } },
    );
  }
  await handle.close();
  throw new AmlDeitError('FILE_UNREADABLE', `${file} is not a file`, { details: { file } });
}
