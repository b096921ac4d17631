import type { SharpOptions } from 'sharp';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { loadSharp } from './load-sharp.ts';
import type { RgbImage } from './rgb-image.ts';
import { acceptedFormats, nameContent, sniffFormat } from './sniff-format.ts';

export interface DecodeLimits {
  /** Width × height as the header says them: checked before anything is decoded. */
  readonly maxPixels: number;
  /** Of the encoded picture. */
  readonly maxBytes: number;
}

export const defaultDecodeLimits: DecodeLimits = { maxPixels: 64_000_000, maxBytes: 32 * 1024 * 1024 };

/**
 * Decodes a JPEG, PNG, WebP, GIF (first frame) or TIFF (first page) to 8-bit RGB. The EXIF orientation is applied,
 * an embedded colour profile ignored and transparency dropped without blending: what Pillow's
 * `exif_transpose(image).convert('RGB')` gives, byte for byte, for RGB and grey JPEG, 8-bit PNG and WebP.
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
  const sharp = await loadSharp();
  const options: SharpOptions = { failOn: 'error', limitInputPixels: false, ignoreIcc: true, pages: 1 };

  let header;
  try {
    header = await sharp(bytes, options).metadata();
  } catch (error) {
    throw invalid(`the ${format.toUpperCase()} cannot be read: ${reason(error)}`, error);
  }
  // The declared size is all that is known before decoding, and what a decompression bomb lies about least.
  if (header.width * header.height > maxPixels) {
    throw invalid(
      `the picture is ${header.width}x${header.height} pixels (${header.width * header.height}), ` +
        `at most ${maxPixels} are accepted`,
    );
  }
  try {
    const { data, info } = await sharp(bytes, { ...options, limitInputPixels: maxPixels })
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toUint8Array();
    return { width: info.width, height: info.height, data: toThreeChannels(data, info.channels) };
  } catch (error) {
    throw invalid(`the ${format.toUpperCase()} is damaged or truncated: ${reason(error)}`, error);
  }
}

/** libvips may leave a grey picture with one band. */
function toThreeChannels(data: Uint8Array, channels: number): Uint8Array {
  // A plain view: sharp hands out a Buffer, over memory that can be transferred to another thread.
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1)
    rgb.fill(data[pixel * channels] ?? 0, pixel * 3, pixel * 3 + 3);
  return rgb;
}

/** The first line of libvips's words: the rest repeats it. */
function reason(error: unknown): string {
  return errorMessage(error).split('\n')[0]?.trim() ?? '';
}

function invalid(message: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('IMAGE_INVALID', message, cause === undefined ? {} : { cause });
}
