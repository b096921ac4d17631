import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../io/index.ts';
import type { ActionContext, Host } from '../../io/index.ts';
import type { RgbImage } from '../../vision/index.ts';

export interface Picture {
  readonly file: string;
  /** Index of its class. */
  readonly label: number;
  readonly image: RgbImage;
}

export interface DrawPicturesOptions extends ActionContext {
  readonly host: Host;
  /** Emptied first; one folder a class is made in it. */
  readonly directory: string;
  /** Seeds the pictures together with `seed`: those of another split are other ones. */
  readonly split: 'train' | 'test';
  readonly perClass: number;
  readonly seed: number;
  readonly text: string;
}

const width = 256;
const height = 192;
const batchSize = 8;

/**
 * Draws pictures into PNG files, a few at a time, so that a reader works on some while the next are drawn. The classes
 * take turns.
 */
export async function* drawPictures(options: DrawPicturesOptions): AsyncGenerator<readonly Picture[]> {
  const { directory, split, perClass, seed, host, signal, text } = options;
  const { drawFridgeObject, fridgeClasses } = await import('../../training/index.ts');
  const { encodeImage } = await import('../../vision/index.ts');
  const total = perClass * fridgeClasses.length;
  const report = (current: number): void =>
    host.progress({
      id: `draw-${split}`,
      text,
      state: current === total ? 'done' : 'running',
      current,
      total,
      unit: 'images',
    });
  report(0);
  await rm(directory, { recursive: true, force: true });
  for (const className of fridgeClasses) await mkdir(join(directory, className), { recursive: true });
  for (let from = 0; from < total; from += batchSize) {
    const batch: Picture[] = [];
    const written: Promise<void>[] = [];
    for (let at = from; at < Math.min(total, from + batchSize); at += 1) {
      throwIfAborted(signal);
      const label = at % fridgeClasses.length;
      const className = fridgeClasses[label]!;
      const number = Math.floor(at / fridgeClasses.length) + 1;
      const image = drawFridgeObject({ className, seed: [seed, split, number], width, height });
      const file = join(directory, className, `${number}.png`);
      batch.push({ file, label, image });
      written.push(encodeImage(image, { format: 'png' }).then((bytes) => writeFile(file, bytes)));
      // Lets encoding, inference and Ctrl-C have a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(written);
    report(from + batch.length);
    yield batch;
  }
}
