import { createHash } from 'node:crypto';
import type { BatchItem, BatchSource, ItemPlace, SeenCounts } from './batch-item.ts';
import { rowId } from './picture-names.ts';
import { readPictureFile } from './read-picture-file.ts';
import type { ReadLimits } from './read-picture-file.ts';
import { shardOfPath } from './shard.ts';
import type { Shard } from './shard.ts';
import { walkPictures } from './walk-pictures.ts';

const slash = Buffer.from('/');
/** No path has it. */
const zero = Buffer.alloc(1);

/**
 * The pictures of a folder tree that belong to one shard: by their paths, or, where a number is given, so many in a row
 * in turn, which only a folder that nobody changes gives to every process alike.
 */
export function folderSource(
  root: string,
  shard: Shard,
  limits: ReadLimits,
  filesPerTurn?: number,
): BatchSource {
  const seen: SeenCounts = { items: 0, skipped: {} };
  const rootBytes = Buffer.from(root);

  const owns = (path: Buffer, index: number): boolean =>
    (filesPerTurn === undefined
      ? shardOfPath(path, shard.worldSize)
      : Math.floor(index / filesPerTurn) % shard.worldSize) === shard.rank;

  const itemOf = (path: Buffer): BatchItem => {
    const name = rowId(path);
    return {
      ...name,
      place: { kind: 'file', path: path.toString('base64') },
      heldBytes: 0,
      read: (signal) => readPictureFile(Buffer.concat([rootBytes, slash, path]), name.id, limits, signal),
    };
  };

  return {
    seen,
    description: { kind: 'folder' },
    async *items(after: ItemPlace | undefined, signal) {
      seen.items = 0;
      seen.skipped = {};
      const from = after?.kind === 'file' ? Buffer.from(after.path, 'base64') : undefined;
      // Turns are counted from the first file on.
      let isBehind = from !== undefined && filesPerTurn !== undefined;
      const start = filesPerTurn === undefined ? from : undefined;
      for await (const path of walkPictures(root, { after: start, seen, signal })) {
        const isLast = from !== undefined && path.equals(from);
        if (!isBehind && owns(path, seen.items - 1)) yield itemOf(path);
        if (isLast) isBehind = false;
      }
    },
    async survey(signal) {
      const all: SeenCounts = { items: 0, skipped: {} };
      let owned = 0;
      const hash = createHash('sha256');
      for await (const path of walkPictures(root, { seen: all, signal })) {
        hash.update(path).update(zero);
        if (owns(path, all.items - 1)) owned += 1;
      }
      return { owned, seen: all, pathsSha256: hash.digest('hex') };
    },
  };
}
