import { opendir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

const kinds: readonly EntryKind[] = ['file', 'folder', 'link', 'other'];

function kindOf(entry: Dirent<Buffer>): number {
  if (entry.isFile()) return 0;
  if (entry.isDirectory()) return 1;
  return entry.isSymbolicLink() ? 2 : 3;
}

/** The names in a folder in the order of their bytes. Names are kept as one block: a million of them take megabytes. */
export interface DirectoryListing {
  readonly length: number;
  name(index: number): Buffer;
  kind(index: number): EntryKind;
}

/** Lists a folder whose path, like its names, may be any bytes. Rejects with the system's error. */
export async function listDirectory(path: Buffer, signal?: AbortSignal): Promise<DirectoryListing> {
  let bytes = Buffer.alloc(4096);
  let ends = new Uint32Array(128);
  let types = new Uint8Array(128);
  let used = 0;
  let count = 0;
  // The type of `opendir` knows no buffers as names, which it does give.
  const directory = (await opendir(path, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: 512,
  })) as unknown as AsyncIterable<Dirent<Buffer>>;
  for await (const entry of directory) {
    signal?.throwIfAborted();
    const { name } = entry;
    if (used + name.length > bytes.length) {
      const grown = Buffer.alloc(Math.max(bytes.length * 2, used + name.length));
      bytes.copy(grown, 0, 0, used);
      bytes = grown;
    }
    if (count === ends.length) {
      const grownEnds = new Uint32Array(count * 2);
      grownEnds.set(ends);
      ends = grownEnds;
      const grownTypes = new Uint8Array(count * 2);
      grownTypes.set(types);
      types = grownTypes;
    }
    name.copy(bytes, used);
    used += name.length;
    ends[count] = used;
    types[count] = kindOf(entry);
    count += 1;
  }
  const start = (index: number): number => (index === 0 ? 0 : (ends[index - 1] ?? 0));
  const order = Uint32Array.from({ length: count }, (_, index) => index).sort((a, b) =>
    bytes.compare(bytes, start(b), ends[b], start(a), ends[a]),
  );
  return {
    length: count,
    name: (index) => {
      const entry = order[index] ?? 0;
      // A copy: what is kept of it must not keep the whole listing.
      return Buffer.from(bytes.subarray(start(entry), ends[entry]));
    },
    kind: (index) => kinds[types[order[index] ?? 0] ?? 3] ?? 'other',
  };
}
