import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataError } from './data-error.ts';
import { normalizeLabel } from './labelled-pictures.ts';
import type { DataTask, LabelledFile, LabelledSource, SkippedFile } from './labelled-pictures.ts';
import { listFilesBelow } from './list-pictures.ts';
import { parseCsv } from './parse-csv.ts';
import type { CsvRow } from './parse-csv.ts';
import { mergeRows } from './merge-rows.ts';
import { readUtf8 } from './read-utf8.ts';
import { sourcePath } from './source-path.ts';

export interface ReadLabelsCsvOptions {
  readonly task: DataTask;
  /** Between labels in one cell of multilabel: any white space by default, as in the samples' `labels.csv`. */
  readonly labelSeparator?: string;
}

const fileColumns = new Set(['file', 'filename', 'file_name', 'image', 'image_url', 'path']);
const labelColumns = new Set(['label', 'labels', 'class', 'classes']);

/**
 * Pictures and a list of their labels: `file,label`, and for multilabel `file,label1 label2`. A header is known by its
 * names, or by beginning with what is no file's name. Files are looked for beside the list and in `images/`.
 *
 * @throws AmlDeitError DATA_INVALID, with the line, for rows that are not two columns or name a path outside.
 */
export async function readLabelsCsv(
  directory: string,
  list: string,
  options: ReadLabelsCsvOptions,
): Promise<LabelledSource> {
  const place = join(directory, list);
  const text = await readUtf8(place);
  const parsed = parseCsv(text, place, delimiterOf(text));
  const first = parsed[0];
  if (first === undefined) throw dataError(`${place} has no rows`);
  const header = first.cells.map((cell) => cell.toLowerCase());
  let fileAt = header.findIndex((cell) => fileColumns.has(cell));
  let labelAt = header.findIndex((cell) => labelColumns.has(cell));
  const isNamed = fileAt >= 0 && labelAt >= 0;
  const known = new Set(await listFilesBelow(directory));
  const begin = first.cells[0] ?? '';
  const isHeader = isNamed || (find(begin, known) === undefined && !/\.\w{2,5}$/.test(begin));
  // What stands beside a column of files, and is not called labels, may be anything.
  if (isHeader && fileAt >= 0 && labelAt < 0)
    throw dataError(
      `${place}:${first.line}: no column of labels among ${first.cells.map((cell) => JSON.stringify(cell)).join(', ')}`,
      { hint: `call it one of ${[...labelColumns].join(', ')}` },
    );
  if (!isNamed) [fileAt, labelAt] = [0, 1];
  const width = isNamed ? header.length : 2;

  const rows: LabelledFile[] = [];
  const skipped: SkippedFile[] = [];
  for (const row of parsed.slice(isHeader ? 1 : 0)) {
    if (row.cells.length !== width) throw wrongWidth(place, row, width);
    const named = sourcePath(directory, row.cells[fileAt] ?? '', `${place}:${row.line}`);
    const labels = splitLabels(row.cells[labelAt] ?? '', options);
    const found = find(named.name, known);
    if (found === undefined)
      skipped.push({
        name: named.name,
        reason: 'missing',
        text: `line ${row.line} names it, and there is no such file`,
      });
    else if (labels.length === 0 && options.task === 'multiclass')
      skipped.push({ name: found, reason: 'no-label', text: `line ${row.line} gives it no label` });
    else rows.push({ file: join(directory, found), name: found, labels });
  }
  const merged = mergeRows(rows, options.task, place);
  const listed = new Set(merged.map(({ name }) => name));
  for (const name of known) {
    if (
      name !== list &&
      !listed.has(name) &&
      !/\.(?:csv|jsonl|json|txt|md|ya?ml|xml)$/i.test(name) &&
      !skipped.some((entry) => entry.name === name)
    )
      skipped.push({ name, reason: 'no-label', text: `${list} does not name it` });
  }
  return { layout: 'csv', rows: merged, skipped };
}

/** What separates more of the first line's cells. */
function delimiterOf(text: string): string {
  const line = text.split(/\r\n|\n|\r/).find((candidate) => candidate.trim() !== '') ?? '';
  if (line.includes(',')) return ',';
  return line.includes('\t') ? '\t' : line.includes(';') ? ';' : ',';
}

function find(name: string, known: ReadonlySet<string>): string | undefined {
  return [name, `images/${name}`].find((candidate) => known.has(candidate));
}

function splitLabels(cell: string, { task, labelSeparator }: ReadLabelsCsvOptions): string[] {
  const parts = task === 'multiclass' ? [cell] : cell.split(labelSeparator ?? /\s+/);
  return [...new Set(parts.map(normalizeLabel).filter((label) => label !== ''))];
}

function wrongWidth(place: string, row: CsvRow, width: number): Error {
  return dataError(`${place}:${row.line}: ${row.cells.length} columns, expected ${width}`, {
    hint: 'quote a cell that holds a comma; several labels stand in one cell, with blanks between them',
  });
}

/** Whether the folder has such a list: a `labels.csv`, or the only CSV file. */
export async function findLabelsCsv(
  directory: string,
  files: readonly string[],
): Promise<string | undefined> {
  const lists = files.filter((name) => name.toLowerCase().endsWith('.csv'));
  const found =
    lists.find((name) => name.toLowerCase() === 'labels.csv') ?? (lists.length === 1 ? lists[0] : undefined);
  return found !== undefined && (await stat(join(directory, found))).isFile() ? found : undefined;
}
