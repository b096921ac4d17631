import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot, throwIfAborted } from '../../io/index.ts';
import {
  annotationRow,
  annotationsName,
  dataManifestName,
  labelMapName,
  picturesFolder,
  splitNames,
} from '../../training/data/index.ts';
import type { DataManifest, InspectedPicture } from '../../training/data/index.ts';

export interface WrittenPicture extends InspectedPicture {
  /** Its bytes when they are not the source's: it was converted. */
  readonly converted?: Uint8Array;
}

/** The pictures, each in the folder of its split's. */
export async function writePictures(
  directory: string,
  manifest: DataManifest,
  pictures: readonly WrittenPicture[],
  options: {
    readonly uploaded: boolean;
    readonly signal?: AbortSignal;
    readonly onPicture?: (done: number) => void;
  },
): Promise<void> {
  const made = new Set<string>();
  for (const [index, picture] of pictures.entries()) {
    throwIfAborted(options.signal);
    const { split, file: name } = manifest.pictures[index]!;
    const file = join(directory, picturesFolder(split, options.uploaded), name);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    if (picture.converted === undefined) await copyFile(picture.file, file);
    else await writeFile(file, picture.converted);
    options.onPicture?.(index + 1);
  }
}

/** One MLTable folder a split, label map and manifest. */
export async function writeTables(directory: string, manifest: DataManifest): Promise<void> {
  const template = await readFile(join(packageRoot(), 'templates', 'data', 'MLTable'), 'utf8');
  for (const split of splitNames) {
    const folder = join(directory, split);
    const rows = manifest.pictures.filter((picture) => picture.split === split);
    await mkdir(folder, { recursive: true });
    const base = manifest.uploaded?.uri.replace(/\/*$/, '') ?? 'images';
    await writeFile(
      join(folder, annotationsName(split)),
      rows.map(({ file, labels }) => annotationRow(`${base}/${file}`, labels, manifest.task)).join(''),
    );
    await writeFile(join(folder, 'MLTable'), template.replace('<annotations>', annotationsName(split)));
  }
  const { labels, labelOrder, task } = manifest;
  await writeFile(join(directory, labelMapName), pretty({ schemaVersion: 1, task, labelOrder, labels }));
  await writeFile(join(directory, dataManifestName), pretty(manifest));
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
