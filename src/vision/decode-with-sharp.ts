import type { Sharp, SharpOptions } from 'sharp';
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

/** A TIFF, of which libvips would give some colour spaces' numbers as if they were red, green and blue. */
export function openTiff(bytes: Uint8Array): Promise<OpenPicture> {
  const tags = readTiffTags(bytes);
  const colorSpace = refusedColorSpaces[tags.get(tiffTags.colorSpace) ?? 0];
  if (colorSpace !== undefined && tags.get(tiffTags.compression) !== jpegCompression) {
    throw new Error(`its colour space ${colorSpace} is not supported`);
  }
  return openWithSharp(firstPageAlone(bytes));
}

const tiffTags = { compression: 259, colorSpace: 262 } as const;
const jpegCompression = 7;
const refusedColorSpaces: Readonly<Record<number, string>> = {
  6: 'YCbCr',
  8: 'CIELab',
  9: 'ICCLab',
  10: 'ITULab',
};

/** Many times what the largest accepted picture takes: what takes longer was made for that. */
const maxSeconds = 60;

/** JPEG, PNG and WebP: decoded on a thread of libuv's, all but what Pillow converts in its own way. */
export async function openWithSharp(bytes: Uint8Array): Promise<OpenPicture> {
  const sharp = await loadSharp();
  const { width, height, space, channels } = await sharp(bytes, options).metadata().catch(unreadable);
  const picture = sharp(bytes, options).timeout({ seconds: maxSeconds }).autoOrient();
  if (space === 'cmyk') {
    const cmyk = picture.pipelineColourspace('cmyk').toColourspace('cmyk').raw({ depth: 'uchar' });
    return { width, height, decode: () => decodeRaw(cmyk, cmykToRgb) };
  }
  if (space === 'grey16' && (channels === 1 || isGreyPng(bytes))) {
    const grey = picture.pipelineColourspace('grey16').toColourspace('grey16').raw({ depth: 'ushort' });
    return { width, height, decode: () => decodeRaw(grey, clipGrey16) };
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

/** Pillow does not scale sixteen bits of grey to eight: what is over 255 is white. */
function clipGrey16(data: Uint8Array, channels: number): Uint8Array {
  // A Buffer of a picture is memory of its own, so it begins where a number may; a small one is copied there.
  const isAligned = data.byteOffset % 2 === 0;
  const { buffer, byteOffset, byteLength } = isAligned ? data : Uint8Array.from(data);
  const greys = new Uint16Array(buffer, byteOffset, byteLength / 2);
  return spread(greys.length / channels, (pixel) => Math.min(255, greys[pixel * channels]!));
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
