import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { makeFolders } from '../io/index.ts';
import { manifestFileName, packageFileNames } from '../vision/index.ts';
import type { ModelManifest } from '../vision/index.ts';
import { packageContentHash, verifyPackageFiles } from './package-hash.ts';

const packageEntries = new Set<string>([manifestFileName, ...Object.values(packageFileNames)]);

/**
 * Fills a folder beside `out` and renames it to `out` when it is complete: whatever fails, `out` is as it was. A
 * folder with anything but a package in it is never replaced, not even by force.
 */
export async function publishDirectory(
  out: string,
  force: boolean,
  fill: (temporary: string) => Promise<ModelManifest>,
): Promise<{ manifest: ModelManifest; unchanged: boolean }> {
  const target = resolve(out);
  const existing = await readEntries(target);
  refuseForeign(out, existing);
  const parent = dirname(target);
  const temporary = join(parent, `.${basename(target)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  let firstCreated: string | undefined;
  try {
    firstCreated = await makeFolders(parent);
    await mkdir(temporary);
    const manifest = await fill(temporary);
    if (existing.length > 0 && (await hasContent(target, packageContentHash(manifest)))) {
      await rm(temporary, { recursive: true });
      return { manifest, unchanged: true };
    }
    if (existing.length > 0 && !force) throw exists(out, 'a model package of other content');
    await replace(temporary, target);
    return { manifest, unchanged: false };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (firstCreated !== undefined) await removeEmpty(parent, firstCreated);
    throw writeFailure(out, error);
  }
}

async function readEntries(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw exists(directory, 'a file');
    throw new AmlDeitError('FILE_UNREADABLE', `${directory} cannot be read (${code})`, { cause: error });
  }
}

function refuseForeign(out: string, entries: readonly string[]): void {
  const foreign = entries.filter((entry) => !packageEntries.has(entry));
  if (foreign.length > 0) {
    const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : '';
    throw new AmlDeitError(
      'OUTPUT_EXISTS',
      `${out} holds what is no part of a model package: ${foreign.slice(0, 3).join(', ')}${more}`,
      { hint: 'name an empty or new folder; --force replaces a model package and nothing else' },
    );
  }
  if (entries.length > 0 && !entries.includes(manifestFileName)) {
    throw exists(out, `files (${entries.slice(0, 3).join(', ')})`);
  }
}

function exists(out: string, what: string): AmlDeitError {
  return new AmlDeitError('OUTPUT_EXISTS', `${out} is already there and holds ${what}`, {
    hint: 'name another folder, or give --force to replace a model package',
  });
}

/** Whether the folder is an intact package of this content: only then leaving it alone is as good as writing it. */
async function hasContent(directory: string, contentHash: string): Promise<boolean> {
  try {
    return (await verifyPackageFiles(directory)).contentHash === contentHash;
  } catch (error) {
    if (error instanceof AmlDeitError && error.kind === 'invalid') return false;
    throw error;
  }
}

/** The old folder moves aside first, because no system renames a folder over one that is not empty. */
async function replace(temporary: string, target: string): Promise<void> {
  const aside = `${temporary}.old`;
  const moved = await rename(target, aside).then(
    () => true,
    (error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(temporary, target);
  } catch (error) {
    if (moved) await rename(aside, target);
    throw error;
  }
  if (moved) await rm(aside, { recursive: true, force: true });
}

/** Takes back parent folders that were made for this, while they are empty. */
async function removeEmpty(from: string, until: string): Promise<void> {
  for (let directory = from; directory.length >= until.length; directory = dirname(directory)) {
    try {
      await rmdir(directory);
    } catch {
      return;
    }
  }
}

function writeFailure(out: string, error: unknown): unknown {
  if (error instanceof AmlDeitError || systemErrorCode(error) === undefined) return error;
  return new AmlDeitError('OUTPUT_NOT_WRITTEN', `${out} cannot be written: ${errorMessage(error)}`, {
    cause: error,
  });
}
