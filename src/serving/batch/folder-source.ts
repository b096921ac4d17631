import { createHash } from 'node:crypto';
import type { BatchItem, BatchSource, ItemPlace, SeenCounts } from './batch-item.ts';
import { PathSum } from './path-set.ts';
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

  async function* lateItems(
    known: (path: Buffer) => boolean,
    paths: AsyncIterable<Buffer>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<BatchItem, void, undefined> {
    const given = new Set<string>();
    const now = walkPictures(root, { seen: { items: 0, skipped: {} }, signal });
    for (const from of [paths, now])
      for await (const path of from) {
        const isMine = shardOfPath(path, shard.worldSize) === shard.rank;
        if (!isMine || known(path) || given.has(path.toString('latin1'))) continue;
        given.add(path.toString('latin1'));
        yield { ...itemOf(path), isLate: true };
      }
  }

  return {
    seen,
    itemAt: itemOf,
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
    ...(filesPerTurn === undefined || shard.worldSize === 1 ? { lateItems } : {}),
    async survey(signal, onOwned) {
      const all: SeenCounts = { items: 0, skipped: {} };
      let owned = 0;
      const ownedSum = new PathSum();
      const hash = createHash('sha256');
      for await (const path of walkPictures(root, { seen: all, signal })) {
        hash.update(path).update(zero);
        if (!owns(path, all.items - 1)) continue;
        owned += 1;
        ownedSum.add(path);
        await onOwned?.(path);
      }
      return { owned, ownedSum: ownedSum.toString(), seen: all, pathsSha256: hash.digest('hex') };
    },
  };
}
