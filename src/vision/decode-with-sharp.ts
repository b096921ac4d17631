import type { Sharp, SharpOptions } from 'sharp';
import { countScans } from './count-scans.ts';
import { loadSharp } from './load-sharp.ts';
import { firstPageAlone, readTiffTags } from './read-tiff-tags.ts';
import type { OpenPicture, RgbImage } from './rgb-image.ts';

const options: SharpOptions = { failOn: 'error', limitInputPixels: false, ignoreIcc: true, pages: 1 };

/**
 * What libvips could not read. Its own words are the cause only: decoders that run at the same time share them, so that
 * one picture would be described by another's.
 */
export class UnreadablePicture extends Error {
  override readonly name = 'UnreadablePicture';
}

function unreadable(error: unknown): never {
  const isSlow = error instanceof Error && error.message.startsWith('timeout:');
  throw new UnreadablePicture(isSlow ? `it takes more than ${maxSeconds} seconds` : '', { cause: error });
}

/** No encoder writes half as many. */
const maxScans = 100;

/** A JPEG, of which libjpeg reads all scans before libvips looks at its clock. */
export function openJpeg(bytes: Uint8Array): Promise<OpenPicture> {
  if (countScans(bytes, maxScans) > maxScans) throw new Error(`it has more than ${maxScans} scans`);
  return openWithSharp(bytes);
}

/**
 * A TIFF. libvips would give some colour spaces' numbers as if they were red, green and blue; where it takes tags otherwise
 * than Pillow does, it is told what Pillow makes of them.
 */
export function openTiff(bytes: Uint8Array): Promise<OpenPicture> {
  const tags = readTiffTags(bytes);
  const colorSpace = tags.get(tiffTags.colorSpace);
  const refused = refusedColorSpaces[colorSpace ?? 0];
  if (refused !== undefined && tags.get(tiffTags.compression) !== jpegCompression) {
    throw new Error(`its colour space ${refused} is not supported`);
  }
  const changes = new Map<number, number>();
  const bits = tags.get(tiffTags.bits);
  // Signed bytes are taken as bytes, and sixteen bits are not turned round where zero is white.
  if (bits === 8 && tags.get(tiffTags.sampleFormat) === signed) changes.set(tiffTags.sampleFormat, unsigned);
  if (bits === 16 && colorSpace === whiteIsZero) changes.set(tiffTags.colorSpace, blackIsZero);
  const orientation = tags.get(tiffTags.orientation) ?? upright;
  if (orientation < upright || orientation > 8) changes.set(tiffTags.orientation, upright);
  // libvips divides by the alpha too, but rounds otherwise.
  const isPremultiplied = colorSpace === rgbColor && tags.get(tiffTags.extraSamples) === premultiplied;
  if (isPremultiplied) changes.set(tiffTags.extraSamples, notPremultiplied);
  return openWithSharp(firstPageAlone(bytes, changes), { isPremultiplied });
}

const tiffTags = {
  bits: 258,
  compression: 259,
  colorSpace: 262,
  orientation: 274,
  extraSamples: 338,
  sampleFormat: 339,
} as const;
const [whiteIsZero, blackIsZero, rgbColor] = [0, 1, 2];
const [unsigned, signed] = [1, 2];
const [premultiplied, notPremultiplied] = [1, 2];
const upright = 1;
const jpegCompression = 7;
const refusedColorSpaces: Readonly<Record<number, string>> = {
  6: 'YCbCr',
  8: 'CIELab',
  9: 'ICCLab',
  10: 'ITULab',
};

/** Many times what the largest accepted picture takes: what takes longer was made for that. */
const maxSeconds = 60;

/**
 * JPEG, PNG and WebP: decoded on a thread of libuv's, all but what Pillow converts in its own way. `isPremultiplied`: the
 * colours have been multiplied by the alpha that follows them.
 */
export async function openWithSharp(
  bytes: Uint8Array,
  { isPremultiplied = false } = {},
): Promise<OpenPicture> {
  const sharp = await loadSharp();
  const { width, height, space, channels, depth } = await sharp(bytes, options).metadata().catch(unreadable);
  const picture = sharp(bytes, options).timeout({ seconds: maxSeconds }).autoOrient();
  if (space === 'cmyk') {
    const cmyk = picture.pipelineColourspace('cmyk').toColourspace('cmyk');
    const decode =
      depth === 'ushort'
        ? () => decodeRaw(cmyk.raw({ depth }), (data, inks) => cmykToRgb(highBytes(data), inks))
        : () => decodeRaw(cmyk.raw({ depth: 'uchar' }), cmykToRgb);
    return { width, height, decode };
  }
  if (space === 'grey16' && (channels === 1 || isGreyPng(bytes))) {
    const grey = picture.pipelineColourspace('grey16').toColourspace('grey16').raw({ depth: 'ushort' });
    return { width, height, decode: () => decodeRaw(grey, clipGrey16) };
  }
  if (isPremultiplied && channels > 3) {
    const rgba = picture.toColourspace('srgb').raw({ depth: 'uchar' });
    return { width, height, decode: () => decodeRaw(rgba, divideByAlpha) };
  }
  const rgb = picture.toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' });
  return { width, height, decode: () => decodeRaw(rgb, toThreeChannels) };
}

/** By its colour type: the second channel that libvips makes of one transparent grey is none of the file's. */
function isGreyPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[25] === 0;
}

async function decodeRaw(
  picture: Sharp,
  toRgb: (data: Uint8Array, channels: number) => Uint8Array,
): Promise<RgbImage> {
  // Not `toUint8Array`: in sharp 0.35 each call of it loses as much memory as the picture takes.
  const { data, info } = await picture.toBuffer({ resolveWithObject: true }).catch(unreadable);
  return { width: info.width, height: info.height, data: toRgb(data, info.channels) };
}

/** libvips may leave a grey picture with one band. */
function toThreeChannels(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return spread(data.length / channels, (pixel) => data[pixel * channels]!);
}

/** Pillow takes the ink off black's remainder, with no colour profile: rounded products of bytes. */
function cmykToRgb(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const from = pixel * channels;
    const light = 255 - data[from + 3]!;
    for (let ink = 0; ink < 3; ink += 1) {
      const product = data[from + ink]! * light + 128;
      rgb[pixel * 3 + ink] = Math.max(0, light - (((product >> 8) + product) >> 8));
    }
  }
  return rgb;
}

/** What was transparent is black, and what was brighter than its alpha white. */
function divideByAlpha(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const from = pixel * channels;
    const alpha = data[from + 3]!;
    if (alpha === 0) continue;
    for (let color = 0; color < 3; color += 1) {
      rgb[pixel * 3 + color] = Math.min(255, Math.trunc((data[from + color]! * 255) / alpha));
    }
  }
  return rgb;
}

/** Pillow does not scale sixteen bits of grey to eight: what is over 255 is white. */
function clipGrey16(data: Uint8Array, channels: number): Uint8Array {
  const greys = sixteenBits(data);
  return spread(greys.length / channels, (pixel) => Math.min(255, greys[pixel * channels]!));
}

function highBytes(data: Uint8Array): Uint8Array {
  return Uint8Array.from(sixteenBits(data), (value) => value >> 8);
}

function sixteenBits(data: Uint8Array): Uint16Array {
  // A Buffer of a picture is memory of its own, so it begins where a number may; a small one is copied there.
  const isAligned = data.byteOffset % 2 === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? data : Uint8Array.from(data);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function spread(pixels: number, greyOf: (pixel: number) => number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0, at = 0; pixel < pixels; pixel += 1, at += 3) {
    const grey = greyOf(pixel);
    rgb[at] = grey;
    rgb[at + 1] = grey;
    rgb[at + 2] = grey;
  }
  return rgb;
}
