import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';

/** What file managers and archivers leave behind; nobody means them. */
const leftBehind = /^(?:\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i;

export interface FolderEntries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Names in a folder, sorted by code unit, without what file managers leave behind. Links are not followed. */
export async function listFolder(directory: string): Promise<FolderEntries> {
  let entries;
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const code = systemErrorCode(error);
    throw new AmlDeitError(
      code === 'ENOENT' || code === 'ENOTDIR' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      code === 'ENOENT'
        ? `there is no ${directory}`
        : `${directory} cannot be read as a folder: ${errorMessage(error)}`,
      { cause: error },
    );
  }
  const wanted = entries.filter(({ name }) => !leftBehind.test(name));
  const names = (kind: (entry: (typeof wanted)[number]) => boolean): string[] =>
    wanted
      .filter(kind)
      .map(({ name }) => name)
      .sort();
  return { folders: names((entry) => entry.isDirectory()), files: names((entry) => entry.isFile()) };
}

/** Files of a folder and all below it, with forward slashes, sorted. */
export async function listFilesBelow(directory: string, prefix = ''): Promise<string[]> {
  const { folders, files } = await listFolder(join(directory, prefix));
  const below = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`);
  const found = files.map(below);
  for (const folder of folders) found.push(...(await listFilesBelow(directory, below(folder))));
  return found.sort();
}
