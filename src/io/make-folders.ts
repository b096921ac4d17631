import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemErrorCode } from '../errors/index.ts';

/**
 * Makes a folder and those above it, one by one. Node's own way tries again for ever below `/proc`, and calls a file
 * system that may not be written one that lacks the folder. Resolves with the first that was made, like it, and rejects with
 * the system's error.
 */
export async function makeFolders(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !(await isFolder(at)); at = dirname(at)) missing.push(at);
  let first: string | undefined;
  for (const folder of missing.reverse())
    try {
      await mkdir(folder);
      first ??= folder;
    } catch (error) {
      // Another process was faster.
      if (systemErrorCode(error) !== 'EEXIST' || !(await isFolder(folder))) throw error;
    }
  return first;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    (error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT' && dirname(path) !== path) return false;
      throw error;
    },
  );
}
