import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TarEntry } from '../oci/index.ts';

const readBytes = 1 << 20;

export function fileEntry(path: string, source: string, size: number, mode = 0o644): TarEntry {
  return {
    path,
    type: 'file',
    mode,
    size,
    open: () => createReadStream(source, { highWaterMark: readBytes }),
  };
}

export function textEntry(path: string, text: string, mode = 0o644): TarEntry {
  const bytes = Buffer.from(text, 'utf8');
  return {
    path,
    type: 'file',
    mode,
    size: bytes.length,
    open: () => Readable.from([bytes]),
  };
}

/**
 * Every file of a folder that `takes` wants, at the same place below `path`. Modes are ours, not the disk's: they would
 * depend on the umask of whoever installed.
 */
export async function folderEntries(
  directory: string,
  path: string,
  takes: (relative: string) => boolean = () => true,
): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const visit = async (relative: string): Promise<void> => {
    for (const name of await readdir(join(directory, relative))) {
      const below = relative === '' ? name : `${relative}/${name}`;
      // Links are followed: some package managers install nothing else.
      const info = await stat(join(directory, below));
      if (info.isDirectory()) {
        if (name !== 'node_modules') await visit(below);
      } else if (info.isFile() && takes(below)) {
        entries.push(fileEntry(`${path}/${below}`, join(directory, below), info.size));
      }
    }
  };
  await visit('');
  return entries;
}

/** The entries with the folders that they are in, in one order for all machines. */
export function inOrder(entries: readonly TarEntry[]): readonly TarEntry[] {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) {
    const parts = entry.path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const path = parts.slice(0, depth).join('/');
      if (!all.has(path)) all.set(path, { path, type: 'directory', mode: 0o755, size: 0 });
    }
    all.set(entry.path, entry);
  }
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
