import type { BatchItem, BatchSource, ItemPlace, SeenCounts } from './batch-item.ts';
import { pathText } from './picture-names.ts';
import { readPictureFile } from './read-picture-file.ts';
import type { ReadLimits } from './read-picture-file.ts';
import { shardOfPath } from './shard.ts';
import type { Shard } from './shard.ts';
import { walkPictures } from './walk-pictures.ts';

const slash = Buffer.from('/');

/** The pictures of a folder tree that belong to one shard. */
export function folderSource(root: string, shard: Shard, limits: ReadLimits): BatchSource {
  const seen: SeenCounts = { items: 0, skipped: {} };
  const rootBytes = Buffer.from(root);

  const itemOf = (path: Buffer): BatchItem => {
    const { text, bytes } = pathText(path);
    return {
      id: text,
      ...(bytes === undefined ? {} : { idBytes: bytes }),
      place: { kind: 'file', path: path.toString('base64') },
      heldBytes: 0,
      read: (signal) => readPictureFile(Buffer.concat([rootBytes, slash, path]), text, limits, signal),
    };
  };

  return {
    seen,
    description: { kind: 'folder' },
    async *items(after: ItemPlace | undefined, signal) {
      seen.items = 0;
      seen.skipped = {};
      const from = after?.kind === 'file' ? Buffer.from(after.path, 'base64') : undefined;
      for await (const path of walkPictures(root, { after: from, seen, signal }))
        if (shardOfPath(path, shard.worldSize) === shard.rank) yield itemOf(path);
    },
    async survey(signal) {
      const all: SeenCounts = { items: 0, skipped: {} };
      let owned = 0;
      for await (const path of walkPictures(root, { seen: all, signal }))
        if (shardOfPath(path, shard.worldSize) === shard.rank) owned += 1;
      return { owned, seen: all };
    },
  };
}
