import { loadSharp } from './load-sharp.ts';
import type { RgbImage } from './rgb-image.ts';

export interface EncodeOptions {
  readonly format: 'png' | 'jpeg';
  /** JPEG only, 1 to 100; 90 by default. */
  readonly quality?: number;
}

/** Encodes 8-bit RGB. The bytes depend only on the picture and the options. */
export async function encodeImage(image: RgbImage, options: EncodeOptions): Promise<Uint8Array> {
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const picture = sharp(image.data, { raw, limitInputPixels: false });
  return options.format === 'png'
    ? picture.png({ compressionLevel: 6 }).toBuffer()
    : picture.jpeg({ quality: options.quality ?? 90 }).toBuffer();
}
