import { join } from 'node:path';
import { dataError } from './data-error.ts';
import type { LabelledFile, LabelledSource } from './labelled-pictures.ts';
import { normalizeLabel } from './labelled-pictures.ts';
import { listFilesBelow, listFolder } from './list-pictures.ts';

/** How folder names become labels. */
export type NameClass = (folder: string) => string;

/**
 * One folder a class, pictures in it and below it. Pictures beside the folders have no label and are skipped.
 *
 * @throws AmlDeitError DATA_INVALID when there are no folders, FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function readClassFolders(directory: string, nameClass: NameClass): Promise<LabelledSource> {
  const { folders, files } = await listFolder(directory);
  if (folders.length === 0)
    throw dataError(`${directory} has no folders, expected one for each class`, {
      hint: 'for pictures with a labels.csv or a JSONL file give --layout csv or jsonl',
    });
  const rows: LabelledFile[] = [];
  for (const folder of folders) {
    const label = normalizeLabel(nameClass(folder));
    if (label === '') throw dataError(`the folder "${folder}" has a name of white space, expected a label`);
    for (const name of await listFilesBelow(directory, folder))
      rows.push({ file: join(directory, name), name, labels: [label] });
  }
  return {
    layout: 'folders',
    rows,
    skipped: files.map((name) => ({
      name,
      reason: 'no-label',
      text: 'lies beside the class folders, in none of them',
    })),
  };
}
