import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawFridgeObject, fridgeClasses } from '../../src/training/index.ts';
import { encodeImage } from '../../src/vision/index.ts';

export interface DrawTableOptions {
  /** The MLTable's folder: pictures lie in it. */
  readonly directory: string;
  readonly split: string;
  readonly perClass: number;
  /** What is written as the label of a class. */
  readonly label?: (className: string, index: number) => string | readonly string[];
}

/** An MLTable of small drawn pictures, named relative to it. */
export async function drawTable(options: DrawTableOptions): Promise<string> {
  const { directory, split, perClass, label = (name) => name } = options;
  await mkdir(directory, { recursive: true });
  const rows: string[] = [];
  for (let number = 0; number < perClass; number += 1)
    for (const className of fridgeClasses) {
      const picture = drawFridgeObject({ className, seed: [7, split, number], width: 64, height: 64 });
      const file = `${className}-${number}.png`;
      await writeFile(join(directory, file), await encodeImage(picture, { format: 'png' }));
      rows.push(JSON.stringify({ image_url: file, label: label(className, number) }));
    }
  await writeFile(join(directory, 'MLTable'), 'paths:\n  - file: ./rows.jsonl\n');
  await writeFile(join(directory, 'rows.jsonl'), `${rows.join('\n')}\n`);
  return directory;
}

export const smallBackbone = { imageSize: 64, patchSize: 8, hiddenSize: 96, heads: 12, seed: 3 } as const;
