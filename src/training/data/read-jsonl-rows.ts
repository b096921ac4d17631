import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../errors/index.ts';
import { dataError } from './data-error.ts';
import { normalizeLabel } from './labelled-pictures.ts';
import type { DataTask, LabelledFile, LabelledSource, SkippedFile } from './labelled-pictures.ts';
import { mergeRows } from './merge-rows.ts';
import { readUtf8Lines } from './read-utf8.ts';
import { sourcePath } from './source-path.ts';

/**
 * Rows `{"image_url": …, "label": …}` of a JSON Lines file: a path below the file's folder, and text or a number, or for
 * multilabel a list of them.
 *
 * @throws AmlDeitError DATA_INVALID, with the line.
 */
export async function readJsonlRows(
  directory: string,
  list: string,
  task: DataTask,
): Promise<LabelledSource> {
  const place = join(directory, list);
  const rows: LabelledFile[] = [];
  const skipped: SkippedFile[] = [];
  for await (const { line, text: body } of readUtf8Lines(place)) {
    if (body.trim() === '') continue;
    const at = `${place}:${line}`;
    const { image_url: address, label } = parseRow(body, at);
    if (typeof address !== 'string')
      throw dataError(`${at}: image_url is ${JSON.stringify(address)}, expected a path`);
    if (/^[a-z][\w+.-]+:\/\//i.test(address))
      throw dataError(`${at}: image_url is the address ${address}, expected a path below ${directory}`);
    const named = sourcePath(directory, address, at);
    const labels = labelsOf(label, task, at);
    if (existsSync(named.file)) rows.push({ ...named, labels });
    else
      skipped.push({
        name: named.name,
        reason: 'missing',
        text: `line ${line} names it, and there is no such file`,
      });
  }
  return { layout: 'jsonl', rows: mergeRows(rows, task, place), skipped };
}

function parseRow(text: string, at: string): { readonly image_url?: unknown; readonly label?: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw dataError(`${at}: not JSON: ${errorMessage(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw dataError(`${at}: not an object, expected {"image_url": …, "label": …}`);
  return value;
}

function labelsOf(value: unknown, task: DataTask, at: string): string[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (task === 'multiclass' && given.length !== 1)
    throw dataError(`${at}: label is ${JSON.stringify(value)}, expected one`, {
      hint: 'for several give --task multilabel',
    });
  return [
    ...new Set(
      given.map((label) => {
        const text =
          typeof label === 'string' || typeof label === 'number' ? normalizeLabel(String(label)) : '';
        if (text === '')
          throw dataError(`${at}: label is ${JSON.stringify(value) ?? 'not there'}, expected text`);
        return text;
      }),
    ),
  ];
}
