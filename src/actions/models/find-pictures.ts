import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';

const pictureName = /\.(?:jpe?g|png|webp|gif|bmp|tiff?)$/i;

/** Picture files of a folder and all below it, by name, sorted. Throws FILE_NOT_FOUND, FILE_UNREADABLE, INPUT_EMPTY. */
export async function findPictures(directory: string): Promise<readonly string[]> {
  let entries;
  try {
    entries = await readdir(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    throw new AmlDeitError(
      systemErrorCode(error) === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${directory} cannot be read as a folder: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  const pictures = entries
    .filter((entry) => entry.isFile() && pictureName.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (pictures.length > 0) return pictures;
  throw new AmlDeitError('INPUT_EMPTY', `${directory} holds no picture`, {
    hint: 'expected JPEG, PNG, WebP, GIF, BMP or TIFF',
  });
}
