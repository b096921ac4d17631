import { createWriteStream } from 'node:fs';
import { chmod, chown, link, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemErrorCode } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import type { BlobFiles } from './blob-files.ts';
import { notWritten, verified } from './blob-files.ts';
import { invalidImage } from './invalid-image.ts';
import { openLayer } from './layer-stream.ts';
import type { ResolvedImage } from './layout.ts';
import { readTar } from './tar-reader.ts';
import type { ReadTarEntry } from './tar-reader.ts';

const maxLinks = 40;
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/** Files below a folder that nothing in an archive leads out of: links are followed as a process inside would. */
class RootFolder {
  readonly #root: string;
  readonly #isRoot = process.getuid?.() === 0;
  /** Paths of the layer that is being unpacked, with the folders that they are in: its own deletions leave them. */
  #ofThisLayer = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  beginLayer(): void {
    this.#ofThisLayer = new Set();
  }

  /** The real place of a folder, made with what is above it where it is missing. */
  async #folder(parts: readonly string[]): Promise<string> {
    const pending = [...parts];
    let current: string[] = [];
    let links = 0;
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        current.pop();
        continue;
      }
      const path = join(this.#root, ...current, part);
      const info = await lstat(path).catch(() => undefined);
      if (info?.isSymbolicLink() === true) {
        links += 1;
        if (links > maxLinks) throw invalidImage('links of an image lead to each other');
        const target = await readlink(path);
        if (target.startsWith('/')) current = [];
        pending.unshift(...target.split('/'));
        continue;
      }
      if (info === undefined) await mkdir(path, { mode: 0o755 });
      else if (!info.isDirectory()) throw invalidImage(`an image puts files below the file ${part}`);
      current.push(part);
    }
    return join(this.#root, ...current);
  }

  async apply(entry: ReadTarEntry): Promise<void> {
    const parts = entry.path.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) throw invalidImage(`a layer holds the path "${entry.path}"`);
    const name = parts.pop();
    if (name === undefined) return;
    const folder = await this.#folder(parts);
    if (name === opaque) {
      await this.#removeBelow(folder);
      return;
    }
    if (name.startsWith(whiteout)) {
      const gone = name.slice(whiteout.length);
      if (gone === '' || gone === '.' || gone === '..')
        throw invalidImage(`a layer holds the path "${entry.path}"`);
      await this.#remove(join(folder, gone));
      return;
    }
    const path = join(folder, name);
    for (let part = path; part !== this.#root && !this.#ofThisLayer.has(part); part = dirname(part))
      this.#ofThisLayer.add(part);
    await this.#write(path, entry);
  }

  /** What lower layers put there, in whatever order this one says so. */
  async #remove(path: string): Promise<void> {
    if (!this.#ofThisLayer.has(path)) await rm(path, { recursive: true, force: true });
    else if ((await lstat(path).catch(() => undefined))?.isDirectory() === true)
      await this.#removeBelow(path);
  }

  async #removeBelow(folder: string): Promise<void> {
    for (const child of await readdir(folder)) await this.#remove(join(folder, child));
  }

  async #write(path: string, entry: ReadTarEntry): Promise<void> {
    const there = await lstat(path).catch(() => undefined);
    const isSameFolder = entry.type === 'directory' && there?.isDirectory() === true;
    if (there !== undefined && !isSameFolder) await rm(path, { recursive: true, force: true });
    switch (entry.type) {
      case 'directory':
        if (!isSameFolder) await mkdir(path);
        break;
      case 'file':
        await pipeline(entry.content(), createWriteStream(path, { flags: 'wx' }));
        break;
      case 'symlink':
        await symlink(entry.target, path);
        return;
      case 'hardlink': {
        const parts = entry.target.split('/').filter((part) => part !== '' && part !== '.');
        if (parts.includes('..')) throw invalidImage(`a layer links to "${entry.target}"`);
        const name = parts.pop() ?? '';
        const source = join(await this.#folder(parts), name);
        const linked = await lstat(source).catch(() => undefined);
        if (linked?.isFile() !== true && linked?.isSymbolicLink() !== true)
          throw invalidImage(`a layer links to "${entry.target}", which is no file of it`);
        await link(source, path);
        return;
      }
      case 'device':
      case 'fifo':
        // The container gets its own.
        return;
    }
    // Without root rights every file is the user's own: a container of theirs sees them so, too.
    if (this.#isRoot) await chown(path, entry.uid, entry.gid);
    await chmod(path, this.#isRoot ? entry.mode : entry.mode | (entry.type === 'directory' ? 0o700 : 0o600));
  }
}

/** All layers together. */
const maxImageBytes = 128 * 2 ** 30;

/**
 * Writes an image's layers, one over the other, into a folder that is empty.
 * @throws OCI_IMAGE_INVALID, OUTPUT_NOT_WRITTEN, INTERRUPTED
 */
export async function unpackImage(
  image: ResolvedImage,
  blobs: BlobFiles,
  directory: string,
  options: { readonly signal?: AbortSignal; readonly maxBytes?: number } = {},
): Promise<void> {
  const root = new RootFolder(directory);
  let left = options.maxBytes ?? maxImageBytes;
  for (const layer of image.manifest.layers) {
    root.beginLayer();
    const content = verified(blobs.read(layer.digest), layer.digest);
    const archive = countDown(openLayer(content, layer.mediaType, left), (bytes) => {
      left -= bytes;
    });
    for await (const entry of readTar(archive)) {
      throwIfAborted(options.signal);
      try {
        await root.apply(entry);
      } catch (error) {
        throw unwritable(entry, directory, error);
      }
    }
  }
}

async function* countDown(
  content: AsyncIterable<Buffer>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** A name that this file system does not take is the image's fault, a full disk is not. */
function unwritable({ path }: ReadTarEntry, directory: string, error: unknown): unknown {
  return systemErrorCode(error) === 'ENAMETOOLONG'
    ? invalidImage(`a layer holds a path that is too long: ${path.slice(0, 100)}…`, error)
    : notWritten(directory, error);
}
