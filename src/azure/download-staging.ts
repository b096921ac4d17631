import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Within a folder; beside one its name stands before it. */
const stagingName = '.aml-deit-download';

/** Whether a folder's entry is what an interrupted download left there, to be continued. */
export function isDownloadStaging(name: string): boolean {
  return name === stagingName;
}

/**
 * Where a folder's files are collected: beside it, so that it appears whole. Within it where that cannot be: it is a
 * file system of its own, as volumes of containers are, or what is around it may not be written.
 */
export async function downloadStaging(target: string): Promise<string> {
  const parent = dirname(target);
  const beside = join(parent, `.${basename(target)}${stagingName}`);
  const own = await stat(target).catch(() => undefined);
  if (own?.isDirectory() !== true) return beside;
  const isWritable = await access(parent, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return isWritable && (await stat(parent)).dev === own.dev ? beside : join(target, stagingName);
}
