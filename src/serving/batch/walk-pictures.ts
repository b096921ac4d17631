import { realpath, stat } from 'node:fs/promises';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { listDirectory } from './directory-listing.ts';
import type { DirectoryListing, EntryKind } from './directory-listing.ts';
import type { SeenCounts } from './batch-item.ts';
import { otherThanPicture } from './picture-names.ts';

export interface WalkOptions {
  /** Bytes of the path that was the last one: only what comes after it. */
  readonly after?: Buffer | undefined;
  readonly seen: SeenCounts;
  readonly signal?: AbortSignal | undefined;
}

interface OpenFolder {
  /** Below the root, with a slash at the end; empty for the root. */
  readonly path: Buffer;
  readonly listing: DirectoryListing;
  /** What remains to be come past, a name a level, while the walk is on its way to `after`. */
  readonly after: readonly Buffer[] | undefined;
  /** The real folders that lead here, this one last. */
  readonly chain: readonly string[];
  next: number;
}

const slash = Buffer.from('/');

/**
 * The files of a folder tree that may be pictures, as bytes of their paths below it: level by level in the order of
 * their names' bytes, the same order every time. Links to files are files. Links to folders are followed, except into
 * the tree itself or back up: what is there has a path of its own. Memory is that of the listings on the way down.
 *
 * Throws FILE_NOT_FOUND for the root, FILE_UNREADABLE for a folder that may not be listed: what is in it would be lost.
 */
export async function* walkPictures(
  root: string,
  options: WalkOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { seen, signal } = options;
  const rootBytes = Buffer.from(root);
  const realRoot = await realpath(root).catch((error: unknown) => {
    throw new AmlDeitError('FILE_NOT_FOUND', `there is no folder ${root}`, { cause: error });
  });
  const absolute = (path: Buffer): Buffer => Buffer.concat([rootBytes, slash, path]);
  const skip = (why: string): void => {
    seen.skipped[why] = (seen.skipped[why] ?? 0) + 1;
  };

  const open = async (
    path: Buffer,
    after: OpenFolder['after'],
    chain: OpenFolder['chain'],
  ): Promise<OpenFolder | undefined> => {
    try {
      return { path, listing: await listDirectory(absolute(path), signal), after, chain, next: 0 };
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined) throw error;
      if (code === 'ENOENT' && path.length > 0) {
        skip('folder-vanished');
        return undefined;
      }
      throw new AmlDeitError(
        'FILE_UNREADABLE',
        `the folder ${absolute(path).toString()} cannot be listed: ${code}`,
        {
          hint: 'its pictures would be missing from the result: make it readable, or move it away',
          cause: error,
        },
      );
    }
  };

  /** What a link leads to; a broken one is a file that cannot be read. */
  const follow = async (path: Buffer, chain: readonly string[]): Promise<EntryKind | readonly string[]> => {
    const target = await stat(absolute(path)).catch(() => undefined);
    if (target === undefined || target.isFile()) return 'file';
    if (!target.isDirectory()) return 'other';
    const real = await realpath(absolute(path)).catch(() => undefined);
    if (real === undefined) return 'file';
    const isInTree = real === realRoot || real.startsWith(`${realRoot}/`);
    const leadsBack = chain.some((folder) => folder === real || folder.startsWith(`${real}/`));
    return isInTree || leadsBack ? 'link' : [...chain, real];
  };

  const after = options.after === undefined ? undefined : splitPath(options.after);
  const first = await open(Buffer.alloc(0), after, [realRoot]);
  const stack = first === undefined ? [] : [first];
  for (let folder = stack.at(-1); folder !== undefined; folder = stack.at(-1)) {
    signal?.throwIfAborted();
    if (folder.next === folder.listing.length) {
      stack.pop();
      continue;
    }
    const index = folder.next;
    folder.next += 1;
    const name = folder.listing.name(index);
    const path = Buffer.concat([folder.path, name]);
    const [reached] = folder.after ?? [];
    const order = reached === undefined ? 1 : name.compare(reached);
    const why = otherThanPicture(name);
    let kind: EntryKind = folder.listing.kind(index);
    let { chain } = folder;
    if (kind === 'link' && why !== 'hidden') {
      const led = await follow(path, chain);
      if (typeof led === 'string') {
        if (led === 'link') skip('link-into-tree');
        kind = led;
      } else {
        kind = 'folder';
        chain = led;
      }
    }
    if (kind === 'link' || kind === 'other') {
      if (kind === 'other') skip('no-file');
      continue;
    }
    if (kind === 'folder') {
      if (why === 'hidden') skip('hidden');
      else if (order >= 0) {
        const below = await open(
          Buffer.concat([path, slash]),
          order === 0 ? folder.after?.slice(1) : undefined,
          chain,
        );
        if (below !== undefined) stack.push(below);
      }
    } else if (why === undefined) {
      seen.items += 1;
      if (order > 0) yield path;
    } else skip(why);
  }
}

function splitPath(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  let from = 0;
  for (let at = path.indexOf(slash); at !== -1; at = path.indexOf(slash, from)) {
    names.push(path.subarray(from, at));
    from = at + 1;
  }
  return [...names, path.subarray(from)];
}
