import { createReadStream } from 'node:fs';
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { readCsvRecords } from '../../serving/batch/csv-records.ts';
import { readJsonLineRecords } from '../../serving/batch/json-line-records.ts';
import type { ClassScore } from '../scoring-response.ts';

/** One picture's row, whoever wrote it. */
export interface PredictedRow {
  readonly id: string;
  /** Best first; empty where it failed, and for features. */
  readonly classes: readonly ClassScore[];
  readonly error?: { readonly code: string; readonly message: string };
  /** From 1; of a table's rows. */
  readonly row?: number;
}

const maxRecordBytes = 16 * 2 ** 20;

export interface ReadPredictionsOptions {
  /** A file that is none of the job's. */
  readonly except?: string;
  /** Also the whole lines of files that a job was still writing when it ended. */
  readonly unfinished?: boolean;
}

/**
 * The rows of a downloaded output: our scorer's JSON lines, or the headerless CSV of Azure ML's own driver, in which the
 * last column is the file and the ones before are lists of probabilities and labels, or a label and its score.
 */
export async function* readPredictions(
  directory: string,
  { except, unfinished = false }: ReadPredictionsOptions = {},
): AsyncGenerator<PredictedRow, void, undefined> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name !== except).sort();
  const lines = names.filter(
    (name) => /(?:^|\/)predictions-.*\.jsonl$/.test(name) || (unfinished && isUnfinished(name)),
  );
  if (lines.length > 0) {
    const labels = await labelsBeside(directory, names);
    for (const name of lines) yield* readJsonRows(join(directory, name), labels);
    return;
  }
  for (const name of names.filter((one) => one.endsWith('.csv'))) yield* readCsvRows(join(directory, name));
}

const isUnfinished = (name: string): boolean => /(?:^|\/)predictions-.*\.jsonl\.partial$/.test(name);

/** Of the manifest; of a job that did not come to write one, of the header or the rows of its CSV. Empty: unknown. */
async function labelsBeside(directory: string, names: readonly string[]): Promise<readonly string[]> {
  const manifest = names.find((name) => /(?:^|\/)manifest-.*\.json$/.test(name));
  if (manifest !== undefined) {
    const { model } = JSON.parse(await readFile(join(directory, manifest), 'utf8')) as {
      readonly model?: { readonly labels?: readonly string[] };
    };
    if (model?.labels !== undefined) return model.labels;
  }
  for (const name of names.filter((one) => /(?:^|\/)predictions.*\.csv(?:\.partial)?$/.test(one))) {
    const path = join(directory, name);
    for await (const record of readCsvRecords(createReadStream(path), {
      name: path,
      delimiter: ',',
      maxRecordBytes,
    })) {
      if ('fault' in record) break;
      const { fields } = record;
      return fields[0] === 'id' ? fields.slice(2) : (texts(fields.at(-2) ?? '') ?? []);
    }
  }
  return [];
}

interface JsonRow {
  readonly id: string;
  readonly row?: number;
  readonly classes?: readonly ClassScore[];
  readonly probs?: readonly number[];
  readonly error?: { readonly code: string; readonly message: string };
}

async function* readJsonRows(path: string, labels: readonly string[]): AsyncGenerator<PredictedRow> {
  // Cut off in the middle of a line, an unfinished file has no row there.
  const isCut = isUnfinished(path) && !(await endsInLineFeed(path));
  let held: PredictedRow | undefined;
  for await (const record of readJsonLineRecords(createReadStream(path), { maxRecordBytes })) {
    if (held !== undefined) yield held;
    held = undefined;
    let row: JsonRow;
    try {
      row = JSON.parse('fault' in record ? '' : (record.fields[0] ?? '')) as JsonRow;
    } catch {
      if (isUnfinished(path)) return;
      throw invalid(path, record.line, 'fault' in record ? record.fault : 'it is not JSON');
    }
    // Which class a probability is of has to be known.
    if (row.probs !== undefined && labels.length !== row.probs.length && isUnfinished(path)) return;
    const classes = row.classes ?? (row.probs === undefined ? [] : ranked(row.probs, labels));
    held = {
      id: row.id,
      classes,
      ...(row.row === undefined ? {} : { row: row.row }),
      ...(row.error === undefined ? {} : { error: withoutMount(row.error) }),
    };
  }
  if (held !== undefined && !isCut) yield held;
}

async function endsInLineFeed(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const last = Buffer.alloc(1);
  return size > 0 && (await file.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] === 0x0a;
}

/** Where a node has its input says nothing to whoever sent it. */
function withoutMount({ code, message }: { readonly code: string; readonly message: string }) {
  const mount = /\/\S*\/cap\/data-capability\/wd\/INPUT_[^/\s]+/;
  const below = new RegExp(`${mount.source}/`, 'g');
  return { code, message: message.replaceAll(below, '').replace(mount, 'the input') };
}

async function* readCsvRows(path: string): AsyncGenerator<PredictedRow> {
  const records = readCsvRecords(createReadStream(path), { name: path, delimiter: ',', maxRecordBytes });
  for await (const record of records) {
    if ('fault' in record) throw invalid(path, record.line, record.fault);
    const { fields } = record;
    const id = fields.at(-1);
    if (id === undefined || fields.length < 3)
      throw invalid(path, record.line, `it has ${fields.length} columns`);
    const [first = '', second = ''] = fields.slice(-3, -1);
    const probs = numbers(first);
    const classes =
      probs === undefined ? [{ label: first, score: Number(second) }] : ranked(probs, texts(second) ?? []);
    // The driver counts from 0, and each picture that is a file of its own is its row 0.
    const number = fields.length > 3 && /^\d+$/.test(fields[0] ?? '') ? Number(fields[0]) + 1 : undefined;
    yield { id, classes, ...(number === undefined ? {} : { row: number }) };
  }
}

function ranked(probs: readonly number[], labels: readonly string[]): ClassScore[] {
  return probs
    .map((score, index) => ({ label: labels[index] ?? String(index), score, index }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ label, score }) => ({ label, score }));
}

function list(text: string): unknown[] | undefined {
  if (!text.trim().startsWith('[')) return undefined;
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    // Python's own way of writing a list of texts. Those hold no quote of the other kind, or are in JSON already.
    try {
      return JSON.parse(text.replaceAll(/'([^'"]*)'/g, '"$1"')) as unknown[];
    } catch {
      return undefined;
    }
  }
}

const numbers = (text: string): number[] | undefined => list(text)?.map(Number);
const texts = (text: string): string[] | undefined => list(text)?.map(String);

function invalid(path: string, line: number, why: string): AmlDeitError {
  return new AmlDeitError('RESPONSE_INVALID', `${path}:${line} is no row of predictions: ${why}`);
}
