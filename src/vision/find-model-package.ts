import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { manifestFileName } from './model-package.ts';

const maxEntries = 20_000;

/**
 * Looks for the one model package in a folder, at any depth: Azure ML mounts a model registered from a folder as
 * `AZUREML_MODEL_DIR/<that folder's name>/…`. Links are followed, each folder is visited once, and the search is
 * bounded.
 *
 * @returns the package's folder
 * @throws AmlDeitError PACKAGE_NOT_FOUND when there is none or more than one; `details.tree` lists what is there.
 */
export async function findModelPackage(root: string): Promise<string> {
  const found = new Set<string>();
  for await (const entry of walk(root)) {
    if (entry.name === manifestFileName && !entry.isDirectory) found.add(entry.directory);
  }
  const [only] = found;
  if (only !== undefined && found.size === 1) return only;
  const tree = await listTree(root);
  if (only === undefined) {
    throw new AmlDeitError('PACKAGE_NOT_FOUND', `no ${manifestFileName} in ${root} or the folders below it`, {
      hint: 'deploy a model package: aml-deit model export DIR --out DIR makes one from a checkpoint',
      details: { root, tree },
    });
  }
  const names = [...found].map((directory) => relative(root, directory) || '.').sort();
  throw new AmlDeitError(
    'PACKAGE_NOT_FOUND',
    `${found.size} model packages in ${root}: ${names.join(', ')}`,
    {
      hint: 'name the one to serve, or deploy a folder that holds one',
      details: { root, tree },
    },
  );
}

/** Paths below `root` in order, folders with a trailing slash, at most `limit` lines: for logs and errors. */
export async function listTree(root: string, limit = 200): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of walk(root)) {
    if (lines.length === limit) {
      lines.push('…');
      break;
    }
    const path = relative(root, join(entry.directory, entry.name)).replaceAll('\\', '/');
    lines.push(entry.isDirectory ? `${path}/` : path);
  }
  return lines;
}

interface TreeEntry {
  readonly directory: string;
  readonly name: string;
  readonly isDirectory: boolean;
}

async function* walk(root: string): AsyncGenerator<TreeEntry> {
  const start = await stat(root).catch(() => undefined);
  if (start?.isDirectory() !== true) {
    throw new AmlDeitError('FILE_NOT_FOUND', `the model folder ${root} does not exist or is no folder`);
  }
  const visited = new Set<string>();
  let entries = 0;
  const stack = [root];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    const real = await realpath(directory).catch(() => undefined);
    if (real === undefined || visited.has(real)) continue;
    visited.add(real);
    const names = await readdir(directory).catch((error: unknown) => {
      throw new AmlDeitError('FILE_UNREADABLE', `${directory} cannot be read: ${errorMessage(error)}`, {
        cause: error,
      });
    });
    const below: string[] = [];
    for (const name of names.sort()) {
      entries += 1;
      if (entries > maxEntries) {
        throw new AmlDeitError(
          'PACKAGE_NOT_FOUND',
          `${root} holds more than ${maxEntries} files and folders`,
          {
            hint: `name the folder that holds ${manifestFileName}`,
          },
        );
      }
      const path = join(directory, name);
      // A link that leads nowhere is no entry.
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      const isDirectory = found.isDirectory();
      yield { directory, name, isDirectory };
      if (isDirectory) below.push(path);
    }
    stack.push(...below.reverse());
  }
}
