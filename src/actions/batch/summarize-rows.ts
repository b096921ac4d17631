import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { csvLine } from '../../io/index.ts';
import type { Host } from '../../io/index.ts';
import type { ExpectedLabel } from './expected-labels.ts';
import { joinNames } from './join-names.ts';
import { readPredictions } from './read-predictions.ts';
import type { PredictedRow } from './read-predictions.ts';

export interface InvokedRow extends PredictedRow {
  readonly expected?: string;
}

/** All rows, joined: id, best class, its score, error and what is right. */
const resultsFile = 'results.csv';

interface SummarizeOptions {
  readonly output: string;
  /** Rows of an earlier job, and the folder with this one's. */
  readonly sources: readonly (readonly PredictedRow[] | string)[];
  /** Of pictures that were not sent, for they cannot be read. */
  readonly unread?: readonly PredictedRow[];
  readonly expected: ExpectedLabel | undefined;
  readonly maxRows: number;
  readonly host: Host;
  /** The pictures that this job was given, where those are known. */
  readonly sent?: readonly string[] | undefined;
  /** How many rows the table has that it was given, where that is known. */
  readonly tableRows?: number | undefined;
}

/** Counts, accuracy and the first rows; all of them go to a file beside the downloaded ones. Throws OUTPUT_NOT_WRITTEN. */
export async function summarizeRows(options: SummarizeOptions) {
  try {
    return await summarize(options);
  } catch (error) {
    if (error instanceof AmlDeitError || systemErrorCode(error) === undefined) throw error;
    throw new AmlDeitError(
      'OUTPUT_NOT_WRITTEN',
      `${join(options.output, resultsFile)} cannot be written: ${errorMessage(error)}`,
      { cause: error },
    );
  }
}

async function summarize(options: SummarizeOptions) {
  const { output, sources, expected, maxRows, host } = options;
  const kept = sources.reduce((sum, source) => sum + (typeof source === 'string' ? 0 : source.length), 0);
  const rows: InvokedRow[] = [];
  const sums = { rows: 0, failed: 0, labelled: 0, top1: 0, top5: 0 };
  const file = await open(join(output, resultsFile), 'w');
  try {
    await file.write('id,label,score,error,expected\n');
    let lines = '';
    for await (const row of joinedRows(options)) {
      const right = expected?.(row.id);
      sums.rows += 1;
      if (row.error !== undefined) sums.failed += 1;
      if (right !== undefined && row.classes.length > 0) {
        sums.labelled += 1;
        if (row.classes[0]?.label === right) sums.top1 += 1;
        if (row.classes.slice(0, 5).some(({ label }) => label === right)) sums.top5 += 1;
      }
      if (rows.length < maxRows) rows.push({ ...row, ...(right === undefined ? {} : { expected: right }) });
      lines += resultLine(row, right);
      if (lines.length > 1 << 16) {
        await file.write(lines);
        lines = '';
      }
    }
    await file.write(lines);
  } finally {
    await file.close();
  }
  const { labelled, top1, top5 } = sums;
  if (expected !== undefined && labelled === 0 && sums.rows > sums.failed)
    host.message({
      code: 'labels-unmatched',
      level: 'warning',
      text: `none of the ${sums.rows - sums.failed} rows with a class has a label: there is no accuracy`,
    });
  return {
    counts: { rows: sums.rows, failed: sums.failed, kept },
    accuracy:
      expected === undefined ? null : { labelled, top1: ratio(top1, labelled), top5: ratio(top5, labelled) },
    rows,
  };
}

/**
 * The rows under the paths of the pictures that were sent. Azure ML's own driver leaves out what failed: such a picture,
 * or such a row of a table, gets a row that says so.
 */
async function* joinedRows({
  sources,
  sent,
  tableRows,
  unread = [],
  host,
}: SummarizeOptions): AsyncGenerator<PredictedRow> {
  yield* unread;
  const pathOf = joinNames(sent ?? []);
  const missing = new Set(sent);
  const strangers: string[] = [];
  const numbers = new Set<number>();
  let rows = 0;
  let doubled = 0;
  for (const source of sources) {
    if (typeof source !== 'string') {
      yield* source;
      continue;
    }
    for await (const { row: number, ...row } of readPredictions(source, { except: resultsFile })) {
      const path = pathOf(row.id);
      if (path !== undefined && !missing.delete(path)) {
        // A driver that tries a mini-batch again may have appended rows of it before.
        doubled += 1;
        continue;
      }
      if (path === undefined && sent !== undefined) strangers.push(nameOf(row.id));
      rows += 1;
      if (number !== undefined) numbers.add(number);
      yield { ...row, id: path ?? row.id };
    }
  }
  if (doubled > 0)
    host.message({
      code: 'rows-doubled',
      level: 'warning',
      text: `rows of pictures that had one already, which are left out: ${doubled}`,
    });
  if (sent !== undefined) {
    if (strangers.length > 0)
      host.message({
        code: 'rows-not-joined',
        level: 'warning',
        text: `${strangers.length} ${strangers.length === 1 ? 'row names' : 'rows name'} no picture, or one of several of that name`,
      });
    yield* missingPictures(missing, strangers);
  } else if (tableRows !== undefined && rows < tableRows) yield* missingRows(tableRows, rows, numbers);
}

const code = 'ROW_MISSING';
const message = 'the job wrote no row of it: it could not be scored';

/** A row that names one of several pictures stands for one of them, though not for a certain one. */
function* missingPictures(missing: Iterable<string>, strangers: readonly string[]): Generator<PredictedRow> {
  const counts = new Map<string, number>();
  for (const name of strangers) counts.set(name, (counts.get(name) ?? 0) + 1);
  const byName = new Map<string, string[]>();
  for (const path of missing) byName.set(nameOf(path), [...(byName.get(nameOf(path)) ?? []), path]);
  for (const [name, paths] of byName) {
    const found = counts.get(name) ?? 0;
    if (found === 0) for (const id of paths) yield { id, classes: [], error: { code, message } };
    const why = `the job wrote ${found} of the ${paths.length} rows of ${paths.join(', ')}`;
    if (found > 0)
      for (let left = paths.length - found; left > 0; left -= 1)
        yield { id: name, classes: [], error: { code, message: why } };
  }
}

function* missingRows(
  expected: number,
  found: number,
  numbers: ReadonlySet<number>,
): Generator<PredictedRow> {
  // Where numbers do not tell rows apart, only how many there are not is known.
  const isNumbered = numbers.size === found && [...numbers].every((number) => number <= expected);
  let left = expected - found;
  for (let number = 1; number <= expected && left > 0; number += 1) {
    if (isNumbered && numbers.has(number)) continue;
    left -= 1;
    yield { id: isNumbered ? `row ${number}` : 'a row', classes: [], error: { code, message } };
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function resultLine({ id, classes, error }: PredictedRow, right: string | undefined): string {
  const [best] = classes;
  return csvLine([
    id,
    best?.label ?? '',
    best === undefined ? '' : String(best.score),
    error === undefined ? '' : `${error.code}: ${error.message}`,
    right ?? '',
  ]);
}
