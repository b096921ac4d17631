import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../errors/index.ts';

/**
 * Makes a folder and those above it, one by one. Node's own way tries again for ever below `/proc`, and calls a file
 * system that may not be written one that lacks the folder. Rejects with the system's error.
 */
export async function makeFolders(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isThere(at)); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse())
    await mkdir(folder).catch((error: unknown) => {
      // Another rank was faster.
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT' && dirname(path) !== path) return false;
      throw error;
    },
  );
}
