import { loadSharp } from './load-sharp.ts';
import { sniffFormat } from './sniff-format.ts';

/**
 * How many bands Pillow finds in a picture that decodes: 1 for grey ones and palettes (every GIF is one), 2 for grey with
 * transparency, 3 for RGB, 4 for RGBA and CMYK. Azure ML's evaluation leaves out, without a word, what has not 3.
 */
export async function countBands(bytes: Uint8Array): Promise<number> {
  const sharp = await loadSharp();
  const { channels, isPalette } = await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  return isPalette || sniffFormat(bytes) === 'gif' ? 1 : channels;
}
