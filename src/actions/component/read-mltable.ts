import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { parseYaml, toValue } from '../../documents/index.ts';
import { throwIfAborted } from '../../io/index.ts';

/** A picture and what is on it. */
export interface LabelledPicture {
  /** `azureml://…`, or a path on this machine that the table named relative to itself. */
  readonly imageUrl: string;
  /** One label of a multi-class row, any number of a multi-label one. */
  readonly labels: readonly string[];
  /** File and line of the row. */
  readonly at: string;
}

export interface ReadTableOptions {
  readonly task: 'multiclass' | 'multilabel';
  readonly imageColumn?: string;
  readonly labelColumn?: string;
  /** Rows without a label are no error: what is predicted need not be known. Default false. */
  readonly labelsOptional?: boolean;
  readonly signal?: AbortSignal | undefined;
}

const maxTableBytes = 1 << 20;
const maxLineChars = 1 << 20;

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('TRAINING_DATA_INVALID', message);
}

/**
 * The rows of an MLTable folder (or of a `.jsonl` file), in order. Labels are taken as they are written, numbers as
 * text. Throws TRAINING_DATA_INVALID with file and line; FILE_NOT_FOUND.
 */
export async function readPictureTable(
  place: string,
  options: ReadTableOptions,
): Promise<readonly LabelledPicture[]> {
  const rows: LabelledPicture[] = [];
  for (const file of await jsonlFiles(place)) {
    let number = 0;
    const lines = createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const raw of lines) {
      throwIfAborted(options.signal);
      number += 1;
      const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
      if (line.trim() !== '') rows.push(parseRow(line, `${file}:${number}`, dirname(file), options));
    }
  }
  if (rows.length === 0) throw invalid(`${place} has no rows`);
  return rows;
}

/** Whether a table on this machine has no rows; one that cannot be read is not known to have none. */
export async function isEmptyTable(place: string): Promise<boolean> {
  try {
    const files = await jsonlFiles(place);
    for (const file of files) if ((await stat(file)).size > 0) return false;
    return true;
  } catch {
    return false;
  }
}

async function jsonlFiles(place: string): Promise<readonly string[]> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) throw new AmlDeitError('FILE_NOT_FOUND', `${place} does not exist`);
  if (found.isFile()) return [place];
  const table = join(place, 'MLTable');
  const paths = tablePaths(await readTable(table), table);
  return paths.map((path) => {
    const file = resolve(place, path);
    // A table is data of others: it names files of its own folder only.
    const below = relative(place, file);
    if (below.startsWith(`..${sep}`) || below === '..' || resolve(below) === below)
      throw invalid(`${table} names ${path}, which is outside of its folder`);
    return file;
  });
}

async function readTable(file: string): Promise<unknown> {
  try {
    const { size } = await stat(file);
    if (size > maxTableBytes) throw invalid(`${file} has ${size} bytes, expected at most ${maxTableBytes}`);
    const parsed = parseYaml(await readFile(file, 'utf8'), file);
    const problem = parsed.diagnostics.find(({ severity }) => severity === 'error');
    if (problem !== undefined) throw invalid(`${file}:${problem.line}: ${problem.message}`);
    const [root] = parsed.roots;
    return root === undefined ? undefined : toValue(root);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new AmlDeitError('FILE_NOT_FOUND', `${file} does not exist: expected the folder of an MLTable`);
    throw error;
  }
}

function tablePaths(table: unknown, file: string): readonly string[] {
  const paths = (table as { paths?: unknown } | null | undefined)?.paths;
  const files = Array.isArray(paths) ? paths.map((path) => (path as { file?: unknown } | null)?.file) : [];
  const named = files.filter((path): path is string => typeof path === 'string');
  if (named.length === 0 || named.length !== files.length)
    throw invalid(`${file} has no paths of files, expected - file: ./NAME.jsonl`);
  return named;
}

function parseRow(line: string, at: string, folder: string, options: ReadTableOptions): LabelledPicture {
  const { imageColumn = 'image_url', labelColumn = 'label' } = options;
  if (line.length > maxLineChars) throw invalid(`${at} is longer than ${maxLineChars} characters`);
  let row: Record<string, unknown>;
  try {
    row = JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    throw invalid(`${at} is not JSON: ${errorMessage(error)}`);
  }
  const url = row[imageColumn];
  if (typeof url !== 'string' || url === '') throw invalid(`${at} has no "${imageColumn}"`);
  const imageUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : localPicture(folder, url, at);
  return { imageUrl, labels: labelsOf(row[labelColumn], at, labelColumn, options), at };
}

function localPicture(folder: string, url: string, at: string): string {
  const file = resolve(folder, url);
  if (relative(folder, file).startsWith('..'))
    throw invalid(`${at} names ${url}, which is outside of its folder`);
  return file;
}

function labelsOf(value: unknown, at: string, column: string, options: ReadTableOptions): readonly string[] {
  const isLabel = (label: unknown): label is string | number =>
    (typeof label === 'string' && label !== '') || (typeof label === 'number' && Number.isFinite(label));
  if (value === undefined || value === null) {
    if (options.labelsOptional === true) return [];
    throw invalid(`${at} has no "${column}"`);
  }
  if (options.task === 'multiclass') {
    if (!isLabel(value))
      throw invalid(`${at} has ${JSON.stringify(value)} as "${column}", expected one label as text`);
    return [String(value)];
  }
  if (!Array.isArray(value) || !value.every(isLabel))
    throw invalid(`${at} has ${JSON.stringify(value)} as "${column}", expected an array of labels`);
  return [...new Set(value.map(String))];
}
