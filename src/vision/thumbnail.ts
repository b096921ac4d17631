import { loadSharp } from './load-sharp.ts';

/** A small JPEG of a picture that decodes, at most `size` pixels wide and high. */
export async function thumbnail(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(bytes, { pages: 1 })
    .autoOrient()
    .resize(size, size, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .jpeg({ quality: 72 })
    .toBuffer();
}
