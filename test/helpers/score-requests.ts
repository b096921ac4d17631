import { encodeImage } from '../../src/vision/index.ts';
import { syntheticPicture } from './synthetic-picture.ts';
import type { Pattern } from './synthetic-picture.ts';

/** A drawn picture as base64 PNG. */
export async function pictureText(pattern: Pattern, width = 40, height = 30): Promise<string> {
  return Buffer.from(await encodeImage(syntheticPicture(width, height, pattern), { format: 'png' })).toString(
    'base64',
  );
}

/** The card's request. */
export function cardRequest(...data: readonly string[]): object {
  return { input_data: { columns: ['image'], index: data.map((_, row) => row), data } };
}
