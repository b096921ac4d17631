import type { BatchSource } from './batch-item.ts';
import { readPictureFile } from './read-picture-file.ts';
import type { ReadLimits } from './read-picture-file.ts';
import type { Shard } from './shard.ts';

/** One picture, which is the first shard's. */
export function singleFileSource(path: string, name: string, shard: Shard, limits: ReadLimits): BatchSource {
  const seen = { items: 1, skipped: {} };
  return {
    seen,
    description: { kind: 'file', name },
    async *items(after) {
      if (after !== undefined || shard.rank !== 0) return;
      yield {
        id: name,
        place: { kind: 'file', path: Buffer.from(name).toString('base64') },
        heldBytes: 0,
        read: (signal) => readPictureFile(path, name, limits, signal),
      };
    },
    survey: () => Promise.resolve({ owned: shard.rank === 0 ? 1 : 0, seen }),
  };
}
