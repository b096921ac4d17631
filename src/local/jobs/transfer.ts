import { createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { BlobStore } from '../storage/blob-store.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import { RunFailure } from './run-failure.ts';

/** A blob's name must not lead out of the folder that it is written to. */
function fileBelow(root: string, relative: string): string {
  const file = resolve(root, ...relative.split('/'));
  if (file !== root && !file.startsWith(root + sep))
    throw new RunFailure('UserError', `the blob name "${relative}" leaves its folder`);
  return file;
}

export interface Downloaded {
  /** The file, when the place is one blob; otherwise the folder. */
  readonly path: string;
  readonly files: number;
}

/** Downloads what is at a place: a blob becomes a file in `directory`, anything else fills `directory`. */
export async function downloadPlace(
  blobs: BlobStore,
  place: BlobPlace,
  directory: string,
  signal: AbortSignal,
): Promise<Downloaded> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true });
  const folder = place.path === '' ? '' : `${place.path}/`;
  let files = 0;
  for await (const blob of blobs.list(place.container, place.path)) {
    signal.throwIfAborted();
    if (blob.name === place.path) {
      const file = fileBelow(root, basename(blob.name));
      await blobs.download(place.container, blob.name, createWriteStream(file));
      return { path: file, files: 1 };
    }
    if (!blob.name.startsWith(folder) || blob.name.endsWith('/')) continue;
    const file = fileBelow(root, blob.name.slice(folder.length));
    await mkdir(dirname(file), { recursive: true });
    await blobs.download(place.container, blob.name, createWriteStream(file));
    files += 1;
  }
  return { path: root, files };
}

/** Every file below a folder, by its path from there; links are not followed. */
async function* filesBelow(directory: string, prefix = ''): AsyncGenerator<string> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(join(directory, entry.name), name);
    else if (entry.isFile()) yield name;
  }
}

export interface Uploaded {
  readonly files: number;
  readonly bytes: number;
  /** Where it is: of a single file the blob, of a folder the folder. */
  readonly place: BlobPlace;
}

/** Uploads a file or a folder to a place, over what is there. A file goes below the place as `fileName`, or to the place itself. */
export async function uploadTo(
  blobs: BlobStore,
  source: string,
  place: BlobPlace,
  signal: AbortSignal,
  fileName: string | null = null,
): Promise<Uploaded | undefined> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isFile()) {
    const path = [place.path, fileName ?? ''].filter((part) => part !== '').join('/');
    await blobs.uploadFile(place.container, path, source, found.size);
    return { files: 1, bytes: found.size, place: { container: place.container, path } };
  }
  let files = 0;
  let bytes = 0;
  for await (const name of filesBelow(source)) {
    signal.throwIfAborted();
    const file = join(source, ...name.split('/'));
    const { size } = await stat(file);
    await blobs.uploadFile(place.container, place.path === '' ? name : `${place.path}/${name}`, file, size);
    files += 1;
    bytes += size;
  }
  return { files, bytes, place };
}
