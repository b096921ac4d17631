import { createReadStream } from 'node:fs';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { readCsvRecords } from '../../serving/batch/csv-records.ts';
import { readJsonLineRecords } from '../../serving/batch/json-line-records.ts';
import { defaultMaxRecordBytes as maxRecordBytes } from '../../serving/batch/table-source.ts';
import type { TableFile } from '../../serving/batch/index.ts';
import { findScoreInput } from '../score/score-input.ts';

/**
 * How many rows a local table, or a folder with an MLTable, has, as the scorer counts them; undefined for what is none, or
 * an MLTable that says more than the scorer reads. Streams it.
 */
export async function tableRows(path: string, signal?: AbortSignal): Promise<number | undefined> {
  const input = await findScoreInput(path).catch((error: unknown) => {
    if (error instanceof AmlDeitError && error.code === 'TABLE_INVALID') return undefined;
    throw error;
  });
  if (input?.kind !== 'tables') return undefined;
  let count = 0;
  for (const file of input.files) count += await rowsOf(file, signal);
  return count;
}

async function rowsOf({ path, name, format, ...file }: TableFile, signal?: AbortSignal): Promise<number> {
  const chunks = createReadStream(path, signal === undefined ? {} : { signal });
  const delimiter = file.delimiter ?? ',';
  const records =
    format === 'jsonl'
      ? readJsonLineRecords(chunks, { maxRecordBytes })
      : readCsvRecords(chunks, { name, delimiter, maxRecordBytes });
  let count = 0;
  try {
    for await (const _ of records) count += 1;
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof AmlDeitError || code === undefined || signal?.aborted === true) throw error;
    throw new AmlDeitError(
      code === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      code === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read: ${code}`,
      { cause: error },
    );
  }
  // The first one of a CSV has the columns' names.
  return format === 'jsonl' || file.hasHeader === false ? count : Math.max(0, count - 1);
}
