import { join } from 'node:path';
import { dataError } from './data-error.ts';
import { imagenetNames } from './imagenet-names.ts';
import type { DataLayout, DataTask, LabelledSource } from './labelled-pictures.ts';
import { listFolder } from './list-pictures.ts';
import { readClassFolders } from './read-class-folders.ts';
import { readJsonlRows } from './read-jsonl-rows.ts';
import { findLabelsCsv, readLabelsCsv } from './read-labels-csv.ts';

export interface ReadSourceOptions {
  readonly task: DataTask;
  /** Known by what the folder holds when it is not given. */
  readonly layout?: DataLayout;
  readonly labelSeparator?: string;
}

export interface ReadSource extends LabelledSource {
  /** The folder that holds the data: below the one that was named when an archive wraps all in one. */
  readonly directory: string;
  /** Labels in the model card's order, when folders are named for ImageNet's classes. */
  readonly cardLabels?: readonly string[];
}

/** @throws AmlDeitError DATA_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE */
export async function readSource(source: string, options: ReadSourceOptions): Promise<ReadSource> {
  const directory = await unwrap(source);
  const { folders, files } = await listFolder(directory);
  const list = await findLabelsCsv(directory, files);
  const jsonl = files.filter((name) => name.toLowerCase().endsWith('.jsonl'));
  const layout =
    options.layout ??
    (list !== undefined ? 'csv' : jsonl.length === 1 ? 'jsonl' : folders.length > 0 ? 'folders' : undefined);
  switch (layout) {
    case 'csv':
      if (list === undefined) throw dataError(`${directory} has no labels.csv, nor one other CSV file`);
      return { directory, ...(await readLabelsCsv(directory, list, options)) };
    case 'jsonl': {
      const [only] = jsonl;
      if (only === undefined || jsonl.length > 1)
        throw dataError(`${directory} has ${jsonl.length} JSONL files, expected one`);
      return { directory, ...(await readJsonlRows(directory, only, options.task)) };
    }
    case 'folders': {
      const names = await imagenetNames(folders);
      const rows = await readClassFolders(directory, names?.nameClass ?? ((folder) => folder));
      return { directory, ...rows, ...(names === undefined ? {} : { cardLabels: names.labels }) };
    }
    case undefined:
      throw dataError(`${directory} has neither class folders, nor a labels.csv, nor a JSONL file`);
  }
}

/** Archives of a data set often hold one folder, which holds the data. */
async function unwrap(source: string): Promise<string> {
  const { folders, files } = await listFolder(source);
  const [only] = folders;
  if (files.length > 0 || folders.length !== 1 || only === undefined) return source;
  const inner = await listFolder(join(source, only));
  return inner.folders.length > 0 || inner.files.some((name) => /\.(?:csv|jsonl)$/i.test(name))
    ? unwrap(join(source, only))
    : source;
}
