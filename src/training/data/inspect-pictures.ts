import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';
import { countBands, decodeImage, defaultDecodeLimits } from '../../vision/index.ts';
import type { LabelledFile, SkippedFile } from './labelled-pictures.ts';

/** A picture that decodes. */
export interface InspectedPicture extends LabelledFile {
  readonly bytes: number;
  /** Of the file. */
  readonly sha256: string;
  /** Of size and pixels: equal for copies, however they are encoded. */
  readonly pixels: string;
  /** As Pillow counts them: 1 for grey and palettes, 3 for RGB, 4 with transparency and for CMYK. */
  readonly bands: number;
}

export interface Inspection {
  readonly pictures: readonly InspectedPicture[];
  readonly skipped: readonly SkippedFile[];
}

const atOnce = 4;

/** Reads and decodes every picture, a few at a time. */
export async function inspectPictures(
  rows: readonly LabelledFile[],
  options: { readonly signal?: AbortSignal; readonly onPicture?: (done: number) => void },
): Promise<Inspection> {
  const results: (InspectedPicture | SkippedFile)[] = Array.from({ length: rows.length });
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < rows.length) {
      throwIfAborted(options.signal);
      const index = next;
      next += 1;
      results[index] = await inspect(rows[index]!);
      done += 1;
      options.onPicture?.(done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const pictures: InspectedPicture[] = [];
  const skipped: SkippedFile[] = [];
  for (const result of results) {
    if ('reason' in result) skipped.push(result);
    else pictures.push(result);
  }
  return { pictures, skipped };
}

async function inspect(row: LabelledFile): Promise<InspectedPicture | SkippedFile> {
  try {
    const { size } = await stat(row.file);
    if (size > defaultDecodeLimits.maxBytes)
      return {
        name: row.name,
        reason: 'damaged',
        text: `${size} bytes, at most ${defaultDecodeLimits.maxBytes} are accepted`,
      };
    const bytes = await readFile(row.file);
    const { width, height, data } = await decodeImage(bytes);
    const pixels = createHash('sha256').update(`${width}x${height} `).update(data).digest('hex');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const bands = await countBands(bytes).catch(() => undefined);
    if (bands === undefined)
      return { name: row.name, reason: 'damaged', text: 'its bands cannot be counted' };
    return { ...row, bytes: size, sha256, pixels, bands };
  } catch (error) {
    if (!(error instanceof AmlDeitError) || error.code !== 'IMAGE_INVALID') {
      if (error instanceof AmlDeitError) throw error;
      throw new AmlDeitError('FILE_UNREADABLE', `${row.file} cannot be read: ${errorMessage(error)}`, {
        cause: error,
      });
    }
    const reason = error.message.startsWith('not an accepted picture') ? 'not-a-picture' : 'damaged';
    return { name: row.name, reason, text: error.message };
  }
}
