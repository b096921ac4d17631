import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { openBmp } from './decode-bmp.ts';
import { openGif } from './decode-gif.ts';
import { UnreadablePicture, openJpeg, openTiff, openWithSharp } from './decode-with-sharp.ts';
import type { OpenPicture, RgbImage } from './rgb-image.ts';
import { acceptedFormats, nameContent, sniffFormat } from './sniff-format.ts';
import type { ImageFormat } from './sniff-format.ts';
import { stripPng } from './strip-png.ts';
import { stripWebp } from './strip-webp.ts';

export interface DecodeLimits {
  /** Width × height as the header says them: checked before anything is decoded. */
  readonly maxPixels: number;
  /** Of the encoded picture. */
  readonly maxBytes: number;
}

/** As libpng has it: the weights of a resize grow with what is shortened, to hundreds of megabytes for a line of all pixels. */
const maxSide = 1_000_000;

export const defaultDecodeLimits: DecodeLimits = { maxPixels: 64_000_000, maxBytes: 32 * 1024 * 1024 };

/** libvips clears the colour under transparent pixels of a GIF, which Pillow keeps, and reads no BMP. */
const openers: Readonly<Record<ImageFormat, (bytes: Uint8Array) => OpenPicture | Promise<OpenPicture>>> = {
  jpeg: openJpeg,
  png: (bytes) => openWithSharp(stripPng(bytes)),
  webp: (bytes) => openWithSharp(stripWebp(bytes)),
  tiff: openTiff,
  gif: openGif,
  bmp: openBmp,
};

/**
 * Decodes a JPEG, PNG, WebP, GIF (first frame), TIFF (first page) or BMP to 8-bit RGB. The EXIF orientation is applied,
 * an embedded colour profile ignored and transparency dropped without blending: what Pillow's
 * `exif_transpose(image).convert('RGB')` gives, byte for byte. docs/preprocessing.md lists what differs.
 *
 * @throws AmlDeitError IMAGE_INVALID, naming what is wrong.
 */
export async function decodeImage(bytes: Uint8Array, limits: Partial<DecodeLimits> = {}): Promise<RgbImage> {
  const { maxPixels, maxBytes } = { ...defaultDecodeLimits, ...limits };
  if (bytes.byteLength === 0) throw invalid('the picture is empty');
  if (bytes.byteLength > maxBytes) {
    throw invalid(`the picture has ${bytes.byteLength} bytes, at most ${maxBytes} are accepted`);
  }
  const format = sniffFormat(bytes);
  if (format === undefined) {
    throw invalid(`not an accepted picture but ${nameContent(bytes)}; expected ${acceptedFormats}`);
  }
  let picture: OpenPicture;
  try {
    picture = await openers[format](bytes);
  } catch (error) {
    throw ofPicture(`the ${format.toUpperCase()} cannot be read`, error);
  }
  // The declared size is all that is known before decoding, and what a decompression bomb lies about least.
  const { width, height } = picture;
  if (Math.max(width, height) > maxSide) {
    throw invalid(`the picture is ${width}x${height} pixels, at most ${maxSide} a side are accepted`);
  }
  if (width * height > maxPixels) {
    throw invalid(
      `the picture is ${width}x${height} pixels (${width * height}), at most ${maxPixels} are accepted`,
    );
  }
  try {
    return await picture.decode();
  } catch (error) {
    throw ofPicture(`the ${format.toUpperCase()} is damaged or truncated`, error);
  }
}

/** What is wrong in words that are the same each time. */
function ofPicture(what: string, error: unknown): AmlDeitError {
  // A package that is missing is no fault of the picture's.
  if (error instanceof AmlDeitError) return error;
  const reason =
    error instanceof RangeError
      ? 'it ends within its header'
      : error instanceof UnreadablePicture
        ? error.message
        : errorMessage(error);
  return invalid(reason === '' ? what : `${what}: ${reason}`, error);
}

function invalid(message: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('IMAGE_INVALID', message, cause === undefined ? {} : { cause });
}
