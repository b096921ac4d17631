import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';
import type { Label, ProbabilityMatrix } from '../../metrics/index.ts';

/** @throws AmlDeitError EVALUATION_DATA_INVALID with file and line for a row that is no object. FILE_NOT_FOUND. */
async function* readRows(
  place: string,
  signal?: AbortSignal,
): AsyncGenerator<{ readonly row: Readonly<Record<string, unknown>>; readonly at: string }> {
  const file = await theFile(place);
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    throwIfAborted(signal);
    line += 1;
    if (text.trim() === '') continue;
    const at = `${file}:${line}`;
    let row: unknown;
    try {
      // Python writes NaN and the infinities, which JSON has not.
      row = JSON.parse(text.replace(/(?<=[:,[]\s*)-?(?:NaN|Infinity)(?=\s*[,}\]])/g, 'null'));
    } catch (error) {
      throw invalid(`${at} is not JSON: ${errorMessage(error)}`);
    }
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw invalid(`${at} is no object`);
    yield { row: row as Readonly<Record<string, unknown>>, at };
  }
}

/** A step's output is a file, or a folder with one file in it. */
async function theFile(place: string): Promise<string> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) throw new AmlDeitError('FILE_NOT_FOUND', `there is no ${place}`);
  if (found.isFile()) return place;
  const names = (await readdir(place)).filter((name) => !name.startsWith('.'));
  const [only] = names;
  if (only === undefined || names.length > 1)
    throw invalid(`${place} holds ${names.length} files, expected one of JSON Lines`);
  return join(place, only);
}

/** One column of a JSON Lines file; its only one when no name is given. */
export async function readLabelColumn(
  place: string,
  column: string | undefined,
  signal?: AbortSignal,
): Promise<(Label | readonly Label[])[]> {
  const values: (Label | readonly Label[])[] = [];
  for await (const { row, at } of readRows(place, signal)) {
    const names = Object.keys(row);
    const name = column ?? names[0] ?? '';
    if (column === undefined && names.length !== 1)
      throw invalid(`${at} has the columns ${names.join(', ')}, and none is named`);
    if (!Object.hasOwn(row, name)) throw invalid(`${at} has no column "${name}", but ${names.join(', ')}`);
    const value = row[name];
    if (isLabel(value) || (Array.isArray(value) && value.every(isLabel))) values.push(value);
    else
      throw invalid(`${at} has ${JSON.stringify(value)} as "${name}", expected a label or a list of labels`);
  }
  return values;
}

function isLabel(value: unknown): value is Label {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

/** Rows `{"0": 0.9, "1": 0.1, …}`. What is no number is NaN. */
export async function readProbabilities(place: string, signal?: AbortSignal): Promise<ProbabilityMatrix> {
  let columns = 0;
  let names: readonly string[] = [];
  let values = new Float64Array(0);
  let used = 0;
  for await (const { row, at } of readRows(place, signal)) {
    if (columns === 0) {
      names = Object.keys(row);
      columns = names.length;
    }
    if (Object.keys(row).length !== columns)
      throw invalid(`${at} has ${Object.keys(row).length} probabilities, the first row has ${columns}`);
    if (used + columns > values.length) {
      const larger = new Float64Array(Math.max(1024, 2 * (used + columns)));
      larger.set(values);
      values = larger;
    }
    for (const name of names) {
      const value = row[name];
      values[used++] = typeof value === 'number' ? value : NaN;
    }
  }
  if (columns === 0) throw invalid(`${place} has no rows`);
  return { values: values.slice(0, used), columns };
}

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('EVALUATION_DATA_INVALID', message);
}
