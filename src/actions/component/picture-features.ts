import { createHash, randomBytes } from 'node:crypto';
import { endianness } from 'node:os';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted, twinDirectory } from '../../io/index.ts';
import type { AmlDeitError } from '../../errors/index.ts';
import { readPicture } from './read-picture.ts';

export interface Features {
  /** float32 [pictures, dimensions]; rows of pictures that could not be read are not in it. */
  readonly features: Float32Array;
  readonly dimensions: number;
  /** Indices of the pictures that the rows are of. */
  readonly readable: readonly number[];
  readonly unreadable: readonly { readonly index: number; readonly error: AmlDeitError }[];
  /** True when they were there from an earlier run over the same pictures and model. */
  readonly cached: boolean;
}

export interface FeatureOptions {
  /** A model package. */
  readonly packageDirectory: string;
  /** SHA-256 of its content. */
  readonly packageHash: string;
  readonly pictures: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onPicture?: (done: number) => void;
}

/** Files of features that are kept; the least recently used go. */
const maxFiles = 32;

/**
 * The CLS features of pictures by a package's frozen backbone. The same pictures and model are computed once: features
 * are kept below the twin's folder.
 */
export async function pictureFeatures(options: FeatureOptions): Promise<Features> {
  const { pictures, signal } = options;
  const { startInference, startPreprocessor, scorePictures } = await import('../../vision/index.ts');
  const directory = join(twinDirectory(options.env), 'cache', 'features');
  const inference = await startInference({
    packageDirectory: options.packageDirectory,
    ...(signal === undefined ? {} : { signal }),
  });
  const { manifest } = inference;
  const dimensions = manifest.architecture.hiddenSize;
  const file = join(directory, `${await keyOf(options)}.f32`);
  const preprocessor = startPreprocessor(manifest.preprocessing, {
    imageSize: manifest.architecture.imageSize,
  });
  try {
    const known = await readCached(file, pictures.length * dimensions);
    if (known !== undefined) {
      const readable = pictures.map((_, index) => index);
      return { features: known, dimensions, readable, unreadable: [], cached: true };
    }
    const rows = new Float32Array(pictures.length * dimensions);
    const readable: number[] = [];
    const unreadable: { index: number; error: AmlDeitError }[] = [];
    const scored = scorePictures(pictures.keys(), {
      inference,
      preprocessor,
      read: (index) => readPicture(pictures[index] ?? ''),
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const one of scored) {
      if ('error' in one) unreadable.push({ index: one.item, error: one.error });
      else {
        rows.set(one.features, readable.length * dimensions);
        readable.push(one.item);
      }
      options.onPicture?.(readable.length + unreadable.length);
    }
    const features = rows.subarray(0, readable.length * dimensions);
    // A picture that could not be read may be there next time.
    if (unreadable.length === 0) await writeCached(directory, file, features);
    return { features, dimensions, readable, unreadable, cached: false };
  } finally {
    await Promise.all([preprocessor.close(), inference.close()]);
  }
}

async function keyOf({ packageHash, pictures, signal }: FeatureOptions): Promise<string> {
  const key = createHash('sha256').update(`features 1\n${packageHash}\n`);
  for (const picture of pictures) {
    throwIfAborted(signal);
    const bytes = await readFile(picture).catch(() => undefined);
    key.update(bytes === undefined ? 'unreadable' : createHash('sha256').update(bytes).digest('hex'));
  }
  return key.digest('hex');
}

async function readCached(file: string, length: number): Promise<Float32Array | undefined> {
  if (endianness() !== 'LE') return undefined;
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes?.length !== length * 4) return undefined;
  await utimes(file, new Date(), new Date()).catch(() => undefined);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** A cache that cannot be written is none, and no error. */
async function writeCached(directory: string, file: string, features: Float32Array): Promise<void> {
  const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(unfinished, new Uint8Array(features.buffer, features.byteOffset, features.byteLength));
    await rename(unfinished, file);
    const files = await Promise.all(
      (await readdir(directory)).map(async (name) => ({
        path: join(directory, name),
        usedAt: (await stat(join(directory, name))).mtimeMs,
      })),
    );
    for (const { path } of files.toSorted((a, b) => b.usedAt - a.usedAt).slice(maxFiles)) await rm(path);
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
