import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { throwIfAborted } from './abort.ts';
import { hashFile } from './hash-file.ts';

export interface FolderFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a folder holds, by content. */
export interface FolderContent {
  readonly directory: string;
  /** Sorted by path. */
  readonly files: readonly FolderFile[];
  readonly totalBytes: number;
  /** SHA-256 over names and contents of the files below the folder, not over the folder's own name. */
  readonly contentHash: string;
}

/**
 * Hashes every regular file of a folder, or those that are a part of what is meant, streaming. Links are followed; what is neither file nor folder is refused.
 * Throws FILE_NOT_FOUND or FILE_UNREADABLE.
 */
export async function readFolderContent(
  directory: string,
  signal?: AbortSignal,
  isPart: (path: string) => boolean = () => true,
): Promise<FolderContent> {
  return hashFiles(directory, (await listFiles(directory, '')).filter(isPart), signal);
}

/**
 * The same of these files of a folder, which are named by their paths below it. With `onUnreadable` one that is not
 * there or cannot be read is left out and told.
 */
export async function hashFiles(
  directory: string,
  paths: readonly string[],
  signal?: AbortSignal,
  onUnreadable?: (path: string, error: AmlDeitError) => void,
): Promise<FolderContent> {
  const files: FolderFile[] = [];
  for (const path of paths.toSorted()) {
    throwIfAborted(signal);
    const file = join(directory, path);
    try {
      const { bytes, digest } = await readable(file, () => hashFile(file, 'sha256', signal));
      files.push({ path, bytes, sha256: digest });
    } catch (error) {
      const isOfFile =
        error instanceof AmlDeitError && ['FILE_NOT_FOUND', 'FILE_UNREADABLE'].includes(error.code);
      if (onUnreadable === undefined || !isOfFile) throw error;
      onUnreadable(path, error);
    }
  }
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${JSON.stringify(file.path)} ${file.bytes} ${file.sha256}\n`);
  return {
    directory,
    files,
    totalBytes: files.reduce((sum, file) => sum + file.bytes, 0),
    contentHash: hash.digest('hex'),
  };
}

async function listFiles(directory: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readable(join(directory, prefix), () => readdir(join(directory, prefix)))) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    const info = await readable(join(directory, path), () => stat(join(directory, path)));
    if (info.isDirectory()) found.push(...(await listFiles(directory, path)));
    else if (info.isFile()) found.push(path);
    else throw new AmlDeitError('FILE_UNREADABLE', `${join(directory, path)} is neither a file nor a folder`);
  }
  return found;
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof AmlDeitError || code === undefined) throw error;
    throw new AmlDeitError(
      code === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      code === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read: ${code}`,
      { cause: error },
    );
  }
}
