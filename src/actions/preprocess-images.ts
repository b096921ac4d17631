import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { makeFolders, silentHost, throwIfAborted } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { Preprocessing, ProfileName, RgbImage } from '../vision/index.ts';

export interface PreprocessImagesOptions extends ActionContext {
  /** Picture files. */
  readonly images: readonly string[];
  /** A named way to prepare pictures; `checkpoint` by default, or the package's own when a model is named. */
  readonly profile?: ProfileName;
  /** A model package whose input size, and without `profile` whose preprocessing, are taken. */
  readonly model?: string;
  /** Folder for the results, made when it is missing; files of the same names are replaced. */
  readonly out: string;
  /** `png`: the 8-bit picture after resize and crop. `npy`: the normalised tensor, float32 [channels, height, width]. */
  readonly format?: 'png' | 'npy';
}

export type PreprocessedImage =
  | {
      readonly image: string;
      readonly ok: true;
      readonly output: string;
      /** Of the decoded picture, upright. */
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly image: string;
      readonly ok: false;
      readonly error: { readonly code: ErrorCode; readonly message: string };
    };

export interface PreprocessImagesResult {
  readonly profile: ProfileName | 'package';
  readonly preprocessing: Preprocessing;
  readonly format: 'png' | 'npy';
  /** In the order of the options' images. */
  readonly results: readonly PreprocessedImage[];
  readonly failed: number;
}

const defaultImageSize = 224;

/**
 * Writes what the model sees of pictures. A picture that cannot be read fails alone, in its row.
 *
 * @throws AmlDeitError USAGE, OUTPUT_NOT_WRITTEN, PACKAGE_NOT_FOUND, PACKAGE_INVALID, PEER_MISSING, INTERRUPTED
 */
export async function preprocessImages(options: PreprocessImagesOptions): Promise<PreprocessImagesResult> {
  const { images, out, format = 'png', host = silentHost, signal } = options;
  if (images.length === 0)
    throw new AmlDeitError('USAGE', 'no picture was given: expected one or more files');
  const outputs = outputNames(images, format).map((name) => join(out, name));
  const { profile, preprocessing } = await findPreprocessing(options);
  try {
    await makeFolders(out);
  } catch (error) {
    throw notWritten(out, error);
  }
  await refuseWritingOver(images, outputs);
  const results: PreprocessedImage[] = [];
  for (const [index, image] of images.entries()) {
    throwIfAborted(signal);
    results.push(await prepareOne(image, outputs[index] ?? '', preprocessing, format));
    const state = results.length === images.length ? 'done' : 'running';
    const count = { current: results.length, total: images.length, unit: 'images' } as const;
    host.progress({ id: 'preprocess', text: 'preparing', state, ...count });
  }
  return { profile, preprocessing, format, results, failed: results.filter(({ ok }) => !ok).length };
}

/** Named for the pictures: without their extension where that tells them apart. */
function outputNames(images: readonly string[], format: string): string[] {
  const stems = images.map((image) => basename(image, extname(image)));
  const names = images.map((image, index) => {
    const isAlone = stems.filter((stem) => stem === stems[index]).length === 1;
    return `${isAlone ? stems[index] : basename(image)}.${format}`;
  });
  const twice = images.find((_, index) => names.indexOf(names[index] ?? '') !== index);
  if (twice === undefined) return names;
  throw new AmlDeitError(
    'USAGE',
    `two pictures are called ${basename(twice)}: their results would have one name`,
    {
      hint: 'prepare them in separate calls, with another --out',
    },
  );
}

/** A given picture is never written over by what is made of one, whatever the paths look like. */
async function refuseWritingOver(images: readonly string[], outputs: readonly string[]): Promise<void> {
  const idOf = async (path: string): Promise<string | undefined> => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    return found === undefined ? undefined : `${found.dev}:${found.ino}`;
  };
  const given = new Set(await Promise.all(images.map(idOf)));
  for (const output of outputs) {
    const id = await idOf(output);
    if (id === undefined || !given.has(id)) continue;
    throw new AmlDeitError('USAGE', `${output} is a picture that was given: it would be written over`, {
      hint: 'name another folder with --out',
    });
  }
}

async function findPreprocessing({
  profile,
  model,
}: PreprocessImagesOptions): Promise<Pick<PreprocessImagesResult, 'profile' | 'preprocessing'>> {
  const { findModelPackage, profilePreprocessing, readModelPackage } = await import('../vision/index.ts');
  if (model === undefined) {
    const name = profile ?? 'checkpoint';
    return { profile: name, preprocessing: profilePreprocessing(name, defaultImageSize) };
  }
  const { manifest } = await readModelPackage(await findModelPackage(model));
  if (profile === undefined) return { profile: 'package', preprocessing: manifest.preprocessing };
  const { imageSize, channels } = manifest.architecture;
  return { profile, preprocessing: profilePreprocessing(profile, imageSize, channels) };
}

async function prepareOne(
  image: string,
  output: string,
  preprocessing: Preprocessing,
  format: 'png' | 'npy',
): Promise<PreprocessedImage> {
  const vision = await import('../vision/index.ts');
  let decoded: RgbImage;
  let bytes: Uint8Array;
  try {
    decoded = await vision.decodeImage(await readPicture(image, vision.defaultDecodeLimits.maxBytes));
    bytes =
      format === 'png'
        ? await vision.encodeImage(vision.resizeAndCrop(decoded, preprocessing), { format: 'png' })
        : npy(vision.preprocess(decoded, preprocessing), vision.outputSize(decoded, preprocessing));
  } catch (error) {
    if (!(error instanceof AmlDeitError) || error.kind !== 'invalid') throw error;
    return { image, ok: false, error: { code: error.code, message: error.message } };
  }
  try {
    await writeFile(output, bytes);
  } catch (error) {
    throw notWritten(output, error);
  }
  return { image, ok: true, output, width: decoded.width, height: decoded.height };
}

/** Throws FILE_NOT_FOUND, FILE_UNREADABLE, or IMAGE_INVALID for a file that is too large to be read. */
async function readPicture(file: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) {
      throw new AmlDeitError(
        'IMAGE_INVALID',
        `the picture has ${size} bytes, at most ${maxBytes} are accepted`,
      );
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    throw systemErrorCode(error) === 'ENOENT'
      ? new AmlDeitError('FILE_NOT_FOUND', `${file} does not exist`)
      : new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read: ${errorMessage(error)}`, {
          cause: error,
        });
  }
}

/** numpy's file format, version 1: a text header padded to 64 bytes, then the values, little-endian. */
function npy(
  tensor: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0]);
  const channels = tensor.length / (width * height);
  const facts = `{'descr': '<f4', 'fortran_order': False, 'shape': (${channels}, ${height}, ${width}), }`;
  const header = `${facts.padEnd(Math.ceil((magic.length + 2 + facts.length + 1) / 64) * 64 - magic.length - 3)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const values = Buffer.alloc(tensor.length * 4);
  for (const [index, value] of tensor.entries()) values.writeFloatLE(value, index * 4);
  return Buffer.concat([magic, length, Buffer.from(header), values]);
}

function notWritten(path: string, error: unknown): AmlDeitError {
  return new AmlDeitError('OUTPUT_NOT_WRITTEN', `${path} cannot be written: ${errorMessage(error)}`, {
    cause: error,
  });
}
