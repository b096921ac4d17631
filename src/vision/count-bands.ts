import { loadSharp } from './load-sharp.ts';
import { sniffFormat } from './sniff-format.ts';

/**
 * How many bands Pillow finds in a picture that decodes: 1 for grey ones and palettes (every GIF is one), 2 for grey with
 * transparency, 3 for RGB, 4 for RGBA and CMYK. Azure ML's evaluation leaves out, without a word, what has not 3.
 */
export async function countBands(bytes: Uint8Array): Promise<number> {
  const format = sniffFormat(bytes);
  if (format === 'bmp') return bandsOfBmp(bytes);
  const sharp = await loadSharp();
  const { channels, isPalette } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  return isPalette || format === 'gif' ? 1 : channels;
}

/** sharp reads no BMP. Pillow has palettes to 8 bits a pixel, and transparency where the colour masks have a fourth. */
function bandsOfBmp(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(14, true);
  const isOs2 = headerBytes === 12;
  const bits = view.getUint16(isOs2 ? 24 : 28, true);
  if (bits <= 8) return 1;
  const hasMasks = !isOs2 && view.getUint32(30, true) === 3;
  if (bits !== 32 || !hasMasks) return 3;
  const masks = [54, 58, 62].map((at) => view.getUint32(at, true));
  const alpha = headerBytes >= 56 ? view.getUint32(66, true) : 0;
  return alpha !== 0 || masks.every((mask) => mask === 0) ? 4 : 3;
}
