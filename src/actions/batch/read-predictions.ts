import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
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
}

const maxRecordBytes = 16 * 2 ** 20;

/**
 * The rows of a downloaded output: our scorer's JSON lines, or the headerless CSV of Azure ML's own driver, in which the
 * last column is the file and the ones before are lists of probabilities and labels, or a label and its score.
 */
export async function* readPredictions(
  directory: string,
  /** A file that is none of the job's. */
  except?: string,
): AsyncGenerator<PredictedRow, void, undefined> {
  const names = (await readdir(directory, { recursive: true })).filter((name) => name !== except).sort();
  const lines = names.filter((name) => /(?:^|\/)predictions-.*\.jsonl$/.test(name));
  if (lines.length > 0) {
    const labels = await manifestLabels(directory, names);
    for (const name of lines) yield* readJsonRows(join(directory, name), labels);
    return;
  }
  for (const name of names.filter((one) => one.endsWith('.csv'))) yield* readCsvRows(join(directory, name));
}

async function manifestLabels(directory: string, names: readonly string[]): Promise<readonly string[]> {
  const { readFile } = await import('node:fs/promises');
  const manifest = names.find((name) => /(?:^|\/)manifest-.*\.json$/.test(name));
  if (manifest === undefined) return [];
  const { model } = JSON.parse(await readFile(join(directory, manifest), 'utf8')) as {
    readonly model?: { readonly labels?: readonly string[] };
  };
  return model?.labels ?? [];
}

interface JsonRow {
  readonly id: string;
  readonly classes?: readonly ClassScore[];
  readonly probs?: readonly number[];
  readonly error?: { readonly code: string; readonly message: string };
}

async function* readJsonRows(path: string, labels: readonly string[]): AsyncGenerator<PredictedRow> {
  for await (const record of readJsonLineRecords(createReadStream(path), { maxRecordBytes })) {
    if ('fault' in record) throw invalid(path, record.line, record.fault);
    let row: JsonRow;
    try {
      row = JSON.parse(record.fields[0] ?? '') as JsonRow;
    } catch {
      throw invalid(path, record.line, 'it is not JSON');
    }
    const classes = row.classes ?? (row.probs === undefined ? [] : ranked(row.probs, labels));
    yield { id: row.id, classes, ...(row.error === undefined ? {} : { error: row.error }) };
  }
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
    yield { id, classes };
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
