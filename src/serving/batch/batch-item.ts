/** Where an item stands in its input: a run that was interrupted continues after it. */
export type ItemPlace =
  /** Bytes of the path below the folder, as base64. */
  | { readonly kind: 'file'; readonly path: string }
  /** `table`: index of the file among several. `row`: from 1, the header not counted. */
  | { readonly kind: 'row'; readonly table: number; readonly row: number };

/** One picture of a batch, not read yet. */
export interface BatchItem {
  /** The path below the folder with forward slashes, or what a table has as id. */
  readonly id: string;
  /** The path's bytes as base64, where the id is not the path: see `rowId`. */
  readonly idBytes?: string;
  readonly place: ItemPlace;
  /** It comes after items that stand behind it, since it was not there, or not seen, in its turn. */
  readonly isLate?: boolean;
  /** Bytes that waiting for its turn keeps in memory. */
  readonly heldBytes: number;
  /** The encoded picture. Rejects with an AmlDeitError that becomes the row's. */
  read(signal: AbortSignal | undefined): Promise<Uint8Array>;
}

/** What is scored, in an order that is the same every time. */
export interface BatchSource {
  /** The items of one shard, after a place where there is one. Throws what makes the whole input unusable. */
  items(
    after: ItemPlace | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<BatchItem, void, undefined>;
  /**
   * Looks over the whole input without reading pictures; undefined where only reading all of it would tell. `onOwned`
   * gets the path of each item of this shard.
   */
  survey(
    signal: AbortSignal | undefined,
    onOwned?: (path: Buffer) => Promise<void>,
  ): Promise<Survey | undefined>;
  /**
   * The items of this shard that are not `known`, of a list of paths and of what is there now. Undefined where a folder
   * that changes gives the shards other items.
   */
  lateItems?(
    known: (path: Buffer) => boolean,
    paths: AsyncIterable<Buffer>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<BatchItem, void, undefined>;
  /** Of a folder: the picture of a path, which may be gone. */
  itemAt?(path: Buffer): BatchItem;
  /** What `items` has come past so far. */
  readonly seen: SeenCounts;
  /** For the checkpoint and the manifest: what kind of input, and of a table what it was. */
  readonly description: Readonly<Record<string, unknown>>;
}

export interface Survey {
  /** Items of this shard. */
  readonly owned: number;
  readonly seen: SeenCounts;
  /** Of a folder: what the paths of this shard's items add up to (`PathSum`). */
  readonly ownedSum?: string;
  /** Of a folder: SHA-256 over the paths of all items, in their order. */
  readonly pathsSha256?: string;
}

export interface SeenCounts {
  /** Items of all shards that the walk has come past. */
  items: number;
  /** Files that are no pictures by their name, by why. */
  skipped: Record<string, number>;
}
