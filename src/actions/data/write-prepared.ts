import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot, throwIfAborted } from '../../io/index.ts';
import {
  annotationRow,
  annotationsName,
  dataManifestName,
  imagesFolder,
  labelMapName,
  splitNames,
} from '../../training/data/index.ts';
import type { DataManifest, InspectedPicture } from '../../training/data/index.ts';

export interface WrittenPicture extends InspectedPicture {
  /** Its bytes when they are not the source's: it was converted. */
  readonly converted?: Uint8Array;
}

/** Fills a folder: pictures, one MLTable folder a split, label map, manifest. */
export async function writePrepared(
  directory: string,
  manifest: DataManifest,
  pictures: readonly WrittenPicture[],
  options: { readonly signal?: AbortSignal; readonly onPicture?: (done: number) => void },
): Promise<void> {
  let done = 0;
  const made = new Set<string>();
  for (const [index, picture] of pictures.entries()) {
    throwIfAborted(options.signal);
    const file = join(directory, imagesFolder, manifest.pictures[index]!.file);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    if (picture.converted === undefined) await copyFile(picture.file, file);
    else await writeFile(file, picture.converted);
    done += 1;
    options.onPicture?.(done);
  }
  await writeAnnotations(directory, manifest, `../${imagesFolder}`);
  const { labels, labelOrder, task } = manifest;
  await writeFile(join(directory, labelMapName), pretty({ schemaVersion: 1, task, labelOrder, labels }));
  await writeManifest(directory, manifest);
}

/** The JSONL files and their MLTables, with addresses that begin with `prefix`. */
export async function writeAnnotations(
  directory: string,
  manifest: DataManifest,
  prefix: string,
): Promise<void> {
  const template = await readFile(join(packageRoot(), 'templates', 'data', 'MLTable'), 'utf8');
  for (const split of splitNames) {
    const folder = join(directory, split);
    const rows = manifest.pictures.filter((picture) => picture.split === split);
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, annotationsName(split)),
      rows.map(({ file, labels }) => annotationRow(`${prefix}/${file}`, labels, manifest.task)).join(''),
    );
    await writeFile(join(folder, 'MLTable'), template.replace('<annotations>', annotationsName(split)));
  }
}

export function writeManifest(directory: string, manifest: DataManifest): Promise<void> {
  return writeFile(join(directory, dataManifestName), pretty(manifest));
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
