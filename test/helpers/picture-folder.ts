import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeImage } from '../../src/vision/index.ts';
import { syntheticPicture } from './synthetic-picture.ts';

const patterns = ['noise', 'waves', 'edges'] as const;

/** A small PNG that differs from that of every other index. */
export async function numberedPicture(index: number): Promise<Uint8Array> {
  const picture = syntheticPicture(16 + (index % 5), 16 + (index % 7), patterns[index % 3] ?? 'noise');
  picture.data.forEach((value, at) => {
    picture.data[at] = (value + index * 29) & 255;
  });
  return encodeImage(picture, { format: 'png' });
}

/** Writes so many numbered pictures below a folder, over a few folders; those of `broken` are no pictures. Gives their paths. */
export async function writePictures(
  root: string,
  count: number,
  broken: (index: number) => boolean = () => false,
): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    // The same names in different folders.
    const path = `class-${index % 4}/${Math.floor(index / 4)}.png`;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), broken(index) ? `no picture ${index}` : await numberedPicture(index));
    paths.push(path);
  }
  return paths;
}
