import { lstat, mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { hashFile } from '../io/index.ts';
import type { RemoteFile } from './list-remote-files.ts';

/** Whether a local file is the stored one: by its hash where there is one, otherwise by its size. */
export async function isSameFile(
  path: string,
  file: RemoteFile,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if ((await stat(path)).size !== file.bytes) return false;
  if (file.sha256 !== undefined) return (await hashFile(path, 'sha256', signal)).digest === file.sha256;
  if (file.md5 === undefined) return true;
  const { digest } = await hashFile(path, 'md5', signal);
  return digest === Buffer.from(file.md5, 'base64').toString('hex');
}

/**
 * Moves downloaded files to where they belong: as one folder, where there is none, so that it appears whole; one by one
 * into a folder that is there.
 */
export async function placeFiles(
  incoming: string,
  target: string,
  files: readonly RemoteFile[],
): Promise<void> {
  const wanted = new Set(files.map(({ path }) => path));
  for (const entry of await readdir(incoming, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    // What an earlier download of something else left behind.
    const path = relative(incoming, file).split(sep).join('/');
    if (!entry.isDirectory() && !wanted.has(path)) await rm(file);
  }
  if (await makeWay(target)) {
    await rename(incoming, target);
    return;
  }
  for (const { path } of files) {
    await makeFolders(target, path.split('/').slice(0, -1));
    await rename(join(incoming, path), join(target, path));
  }
}

/** Folder by folder, because one of them may be a link that leads elsewhere. */
async function makeFolders(target: string, parts: readonly string[]): Promise<void> {
  let folder = target;
  for (const part of parts) {
    folder = join(folder, part);
    await mkdir(folder, { recursive: true });
    if ((await lstat(folder)).isSymbolicLink()) {
      throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${folder} is a link, expected a folder`);
    }
  }
}

/** A folder that holds something, one that a file system begins at, and one in a folder of somebody else's. */
const stays = new Set(['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EACCES', 'EPERM', 'EROFS']);

/** Whether the folder is not there, or was empty and is gone now. */
async function makeWay(target: string): Promise<boolean> {
  try {
    await rmdir(target);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return true;
    if (code !== undefined && stays.has(code)) return false;
    throw error;
  }
}
