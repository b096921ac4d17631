import { createReadStream } from 'node:fs';
import { readCsvRecords } from '../../serving/batch/csv-records.ts';
import { readJsonLineRecords } from '../../serving/batch/json-line-records.ts';
import { defaultMaxRecordBytes as maxRecordBytes } from '../../serving/batch/table-source.ts';

/** How many rows a local table has, as the scorer counts them; undefined for a file that is none. Streams it. */
export async function tableRows(path: string, signal?: AbortSignal): Promise<number | undefined> {
  const [, ending = ''] = /\.(csv|tsv|jsonl|ndjson)$/i.exec(path) ?? [];
  if (ending === '') return undefined;
  const isLines = /^(?:jsonl|ndjson)$/i.test(ending);
  const delimiter = /^tsv$/i.test(ending) ? '\t' : ',';
  const chunks = createReadStream(path, signal === undefined ? {} : { signal });
  const records = isLines
    ? readJsonLineRecords(chunks, { maxRecordBytes })
    : readCsvRecords(chunks, { name: path, delimiter, maxRecordBytes });
  let count = 0;
  for await (const _ of records) count += 1;
  // The first one of a CSV has the columns' names.
  return isLines ? count : Math.max(0, count - 1);
}
