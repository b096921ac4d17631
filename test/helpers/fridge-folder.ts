import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, drawFridgeObject, fridgeClasses, permutation } from '../../src/training/index.ts';
import { encodeImage } from '../../src/vision/index.ts';

export interface FridgeFolderOptions {
  readonly directory: string;
  readonly task: 'multiclass' | 'multilabel';
  /** Gives the pictures each other's labels. */
  readonly shuffled?: boolean;
}

const size = { width: 96, height: 96 };
/** As many as the official folders have. */
const counts = { multiclass: 134, multilabel: 128 } as const;
/** In a multi-label folder the bottles also have what they have in common. */
const labelsOf = (name: string): readonly string[] => (name.endsWith('bottle') ? [name, 'bottle'] : [name]);

/**
 * A drawn folder in the shape of the official fridgeObjects: a folder a class, or `images` with a `labels.csv` of
 * `filename,label1 label2`; of each class one thing, in many poses, lights and places.
 */
export async function drawFridgeFolder(options: FridgeFolderOptions): Promise<string> {
  const { directory, task } = options;
  const count = counts[task];
  const pictures = Array.from(
    { length: count },
    (_, index) => fridgeClasses[index % fridgeClasses.length] ?? 'can',
  );
  const order = [...permutation(count, createRandom('shuffled fridge', task))];
  const classOf = (index: number): string =>
    pictures[options.shuffled === true ? (order[index] ?? 0) : index] ?? 'can';
  const rows = ['filename,labels'];
  for (const [index, className] of pictures.entries()) {
    const picture = drawFridgeObject({ className, seed: [11, task, index], specimen: 1, ...size });
    const bytes = await encodeImage(picture, { format: 'jpeg', quality: 95 });
    const folder = join(directory, task === 'multiclass' ? classOf(index) : 'images');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${index + 1}.jpg`), bytes);
    rows.push(`${index + 1}.jpg,${labelsOf(classOf(index)).join(' ')}`);
  }
  if (task === 'multilabel') await writeFile(join(directory, 'labels.csv'), `${rows.join('\n')}\n`);
  return directory;
}
