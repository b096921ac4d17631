import { statSync } from 'node:fs';
import type { FileLookup } from '../../documents/index.ts';
import { readBounded } from './read-bounded.ts';

/** Far above any component or environment; what is larger is not looked into. */
const maxBytes = 4 * 1024 * 1024;

/** What rules may see of the disk, each path asked for once. */
export function diskFiles(): FileLookup {
  const kinds = new Map<string, 'file' | 'folder' | undefined>();
  const texts = new Map<string, string | undefined>();
  const exists = (path: string): 'file' | 'folder' | undefined => {
    if (!kinds.has(path)) kinds.set(path, kindOf(path));
    return kinds.get(path);
  };
  return {
    exists,
    read(path) {
      if (!texts.has(path)) texts.set(path, exists(path) === 'file' ? textOf(path) : undefined);
      return texts.get(path);
    },
  };
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? 'folder' : 'file';
  } catch {
    // A name that is too long, or below a file: not there.
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readBounded(path, maxBytes));
  } catch {
    return undefined;
  }
}
