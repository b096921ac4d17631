import { open } from 'node:fs/promises';
import { join } from 'node:path';
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
  readonly expected: ExpectedLabel | undefined;
  readonly maxRows: number;
  readonly host: Host;
  /** The pictures that this job was given, where those are known. */
  readonly sent?: readonly string[] | undefined;
}

/** Counts, accuracy and the first rows; all of them go to a file beside the downloaded ones. */
export async function summarizeRows({ output, sources, expected, maxRows, host, sent }: SummarizeOptions) {
  const kept = sources.reduce((sum, source) => sum + (typeof source === 'string' ? 0 : source.length), 0);
  const rows: InvokedRow[] = [];
  const sums = { rows: 0, failed: 0, labelled: 0, top1: 0, top5: 0 };
  const file = await open(join(output, resultsFile), 'w');
  try {
    await file.write('id,label,score,error,expected\n');
    let lines = '';
    for await (const row of joinedRows(sources, sent, host)) {
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
  return {
    counts: { rows: sums.rows, failed: sums.failed, kept },
    accuracy:
      expected === undefined ? null : { labelled, top1: ratio(top1, labelled), top5: ratio(top5, labelled) },
    rows,
  };
}

/**
 * The rows under the paths of the pictures that were sent. Azure ML's own driver leaves out what failed: such a picture
 * gets a row that says so, as long as every row could be told to belong to a picture.
 */
async function* joinedRows(
  sources: SummarizeOptions['sources'],
  sent: SummarizeOptions['sent'],
  host: Host,
): AsyncGenerator<PredictedRow> {
  const pathOf = joinNames(sent ?? []);
  const missing = new Set(sent);
  let strangers = 0;
  for (const source of sources) {
    if (typeof source !== 'string') {
      yield* source;
      continue;
    }
    for await (const row of readPredictions(source, resultsFile)) {
      const path = pathOf(row.id);
      if (path === undefined) strangers += 1;
      else missing.delete(path);
      yield { ...row, id: path ?? row.id };
    }
  }
  if (sent === undefined || missing.size === 0) return;
  if (strangers > 0)
    return host.message({
      code: 'rows-not-joined',
      level: 'warning',
      text: `${strangers} rows name no picture, or one of several of that name; ${missing.size} pictures have no row of their own`,
    });
  const error = { code: 'ROW_MISSING', message: 'the job wrote no row of it: it could not be scored' };
  for (const id of missing) yield { id, classes: [], error };
}

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
