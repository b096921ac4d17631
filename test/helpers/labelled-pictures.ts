import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeImage } from '../../src/vision/encode-image.ts';

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'aml-deit-data-'));
}

/** A PNG whose pixels are those of no other number. */
export async function smallPicture(number: number): Promise<Uint8Array> {
  const data = Uint8Array.from(
    { length: 8 * 6 * 3 },
    (_, at) => (at * 37 + number * (at + 11) + (number >> 8)) & 255,
  );
  return encodeImage({ width: 8, height: 6, data }, { format: 'png' });
}

/** Files by their paths below a new folder; text as it is, a number as the picture of that number. */
export async function writeTree(
  files: Readonly<Record<string, string | number | Uint8Array>>,
): Promise<string> {
  const directory = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'number' ? await smallPicture(content) : content);
  }
  return directory;
}
