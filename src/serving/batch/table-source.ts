import { createReadStream } from 'node:fs';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { hashFile } from '../../io/index.ts';
import type { BatchItem, BatchSource, ItemPlace, SeenCounts } from './batch-item.ts';
import { readCsvRecords } from './csv-records.ts';
import type { TableRecord } from './csv-records.ts';
import { readJsonLineRecords } from './json-line-records.ts';
import { pictureValueKind, readPictureValue } from './picture-value.ts';
import type { PictureValueOptions } from './picture-value.ts';
import { shardOfRow } from './shard.ts';
import type { Shard } from './shard.ts';

export interface TableFile {
  readonly path: string;
  /** As shown in ids and messages. */
  readonly name: string;
  readonly format: 'csv' | 'jsonl';
  /** CSV only; a comma by default. */
  readonly delimiter?: string;
  /** CSV only; false where the first line is a row: the columns are then Column1, Column2 and so on. */
  readonly hasHeader?: boolean;
}

export interface TableOptions extends PictureValueOptions {
  readonly files: readonly TableFile[];
  /** The column or member with the picture; by default the first of {@link pictureColumns} that is there. */
  readonly column?: string | undefined;
  /** The column with what names the row; by default `id` where there is one. */
  readonly idColumn?: string | undefined;
  readonly maxRecordBytes: number;
  /** Whole files are dealt out in turn, so many in a row, instead of rows. */
  readonly filesPerTurn?: number | undefined;
}

/** Names under which tables hold pictures, the likeliest first. */
export const pictureColumns = ['image', 'image_url', 'path', 'file', 'file_name', 'filename', 'url'] as const;

/** Characters of an id; each stands in every file of rows. */
const longestId = 4096;

/** What a picture may take as base64 in one row. */
export const defaultMaxRecordBytes = 48 * 2 ** 20;

interface Row {
  readonly line: number;
  readonly value: string;
  readonly id: string | undefined;
  readonly bytes: number;
}

type RowOrFault = Row | { readonly line: number; readonly fault: string };

/** The pictures of tables (CSV, or one JSON value a line) that belong to one shard. Rows are streamed. */
export function tableSource(options: TableOptions, shard: Shard): BatchSource {
  const seen: SeenCounts = { items: 0, skipped: {} };

  async function* rowsOf(file: TableFile, signal: AbortSignal | undefined): AsyncGenerator<RowOrFault> {
    const chunks = createReadStream(file.path, {
      highWaterMark: 1 << 18,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      const text = readableText(chunks, file);
      yield* file.format === 'csv' ? csvRows(text, file, options) : jsonRows(text, options);
    } catch (error) {
      signal?.throwIfAborted();
      throw unreadable(error, file);
    } finally {
      chunks.destroy();
    }
  }

  const owns = (table: number, row: number): boolean =>
    (options.filesPerTurn === undefined
      ? shardOfRow(row - 1 + table, shard.worldSize)
      : Math.floor(table / options.filesPerTurn) % shard.worldSize) === shard.rank;

  const itemOf = (given: RowOrFault, file: TableFile, place: ItemPlace & { kind: 'row' }): BatchItem => {
    const row = withoutLongId(given);
    const fallback = `${file.name}#${place.row}`;
    if ('fault' in row) {
      const message = `${file.name}:${row.line}: ${row.fault}`;
      return {
        id: fallback,
        place,
        heldBytes: 0,
        read: () => Promise.reject(new AmlDeitError('ROW_INVALID', message)),
      };
    }
    const kind = pictureValueKind(row.value);
    // Read once; what waits to be written must not keep the picture.
    let value: string | undefined = row.value;
    return {
      id: row.id ?? (kind === 'base64' || row.value.length > longestId ? fallback : row.value),
      place,
      heldBytes: row.bytes,
      read: (signal) => {
        const text = value ?? '';
        value = undefined;
        return readPictureValue(text, options, signal);
      },
    };
  };

  return {
    seen,
    description: { kind: 'table', files: options.files.map(({ name }) => name) },
    async *items(after, signal) {
      seen.items = 0;
      const from = after?.kind === 'row' ? after : { table: 0, row: 0 };
      for (const [table, file] of options.files.entries()) {
        if (table < from.table) continue;
        let row = 0;
        for await (const record of rowsOf(file, signal)) {
          row += 1;
          seen.items += 1;
          if (table === from.table && row <= from.row) continue;
          if (!owns(table, row)) continue;
          yield itemOf(record, file, { kind: 'row', table, row });
        }
      }
    },
    survey: () => Promise.resolve(undefined),
  };
}

/** SHA-256 of each file: a table that was changed is another input. Throws FILE_NOT_FOUND, FILE_UNREADABLE, INTERRUPTED. */
export async function tableHashes(
  files: readonly TableFile[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const hashes: string[] = [];
  for (const file of files)
    hashes.push(
      await hashFile(file.path, 'sha256', signal).then(
        ({ digest }) => digest,
        (error: unknown) => {
          throw unreadable(error, file);
        },
      ),
    );
  return hashes;
}

function unreadable(error: unknown, { path }: TableFile): unknown {
  const code = systemErrorCode(error);
  if (error instanceof AmlDeitError || code === undefined) return error;
  const isMissing = code === 'ENOENT';
  return new AmlDeitError(
    isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
    isMissing ? `there is no ${path}` : `${path} cannot be read: ${code}`,
    { cause: error },
  );
}

/** Refuses what is no text of a table as a whole: every one of its rows would be nonsense. */
async function* readableText(chunks: AsyncIterable<Buffer>, { name }: TableFile): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst) refuseOtherThanText(chunk, name);
    isFirst = false;
    yield chunk;
  }
}

function refuseOtherThanText(start: Buffer, name: string): void {
  const refuse = (is: string, hint: string): never => {
    throw new AmlDeitError('TABLE_INVALID', `${name} is ${is}: expected text in UTF-8`, { hint });
  };
  const [first, second] = start;
  if (first === 0x1f && second === 0x8b) refuse('compressed with gzip', 'unpack it: gunzip');
  if (first === 0x50 && second === 0x4b && start[2] === 3)
    refuse('a zip file, as workbooks are', 'save it as CSV');
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a mark, every other byte of English text is zero.
  if (isUtf16 || first === 0 || second === 0)
    refuse('in UTF-16', `save it as UTF-8: iconv -f UTF-16 -t UTF-8 < ${name}`);
}

function withoutLongId(row: RowOrFault): RowOrFault {
  if ('fault' in row || row.id === undefined || row.id.length <= longestId) return row;
  return {
    line: row.line,
    fault: `the id has ${row.id.length} characters, at most ${longestId} are accepted`,
  };
}

interface Columns {
  readonly count: number;
  readonly picture: number;
  /** -1 where no column names the row. */
  readonly id: number;
}

async function* csvRows(
  chunks: AsyncIterable<Buffer>,
  file: TableFile,
  options: TableOptions,
): AsyncGenerator<RowOrFault> {
  const { maxRecordBytes } = options;
  let columns: Columns | undefined;
  for await (const record of readCsvRecords(chunks, {
    name: file.name,
    delimiter: file.delimiter ?? ',',
    maxRecordBytes,
  })) {
    if (columns === undefined) {
      columns = columnsOf(record, file, options);
      if (file.hasHeader !== false) continue;
    }
    if ('fault' in record) yield record;
    else yield csvRow(record, columns);
  }
}

function columnsOf(header: TableRecord, file: TableFile, options: TableOptions): Columns {
  if ('fault' in header)
    throw new AmlDeitError('TABLE_INVALID', `${file.name}:${header.line}: ${header.fault}`);
  const names = header.fields.map((field, index) =>
    file.hasHeader === false ? `Column${index + 1}` : field.trim(),
  );
  const find = (name: string): number => names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  const require = (name: string): number => {
    const index = find(name);
    if (index === -1) throw noColumn(file, name, names);
    return index;
  };
  const picture =
    options.column === undefined
      ? (pictureColumns.map(find).find((index) => index !== -1) ?? -1)
      : require(options.column);
  if (picture === -1) throw noColumn(file, pictureColumns.join(', '), names);
  return {
    count: names.length,
    picture,
    id: options.idColumn === undefined ? find('id') : require(options.idColumn),
  };
}

const otherDelimiters = [
  [';', 'parted by semicolons: write commas, or an MLTable with read_delimited and delimiter: ";"'],
  ['\t', 'parted by tabs: name the file .tsv'],
  ['|', 'parted by bars: write commas, or an MLTable with read_delimited and delimiter: "|"'],
  [',', 'parted by commas: name the file .csv'],
] as const;

function noColumn(file: TableFile, wanted: string, there: readonly string[]): AmlDeitError {
  const shown = there
    .slice(0, 20)
    .map((name) => (name.length > 60 ? `${name.slice(0, 57)}...` : name))
    .join(', ');
  const other = there.length === 1 ? otherDelimiters.find(([sign]) => there[0]?.includes(sign)) : undefined;
  return new AmlDeitError('TABLE_INVALID', `${file.name} has no column ${wanted}: it has ${shown}`, {
    hint:
      other === undefined ? 'name the one with the pictures: --column NAME' : `its columns look ${other[1]}`,
  });
}

function csvRow(record: Exclude<TableRecord, { readonly fault: string }>, columns: Columns): RowOrFault {
  const { line, fields, bytes } = record;
  if (fields.length !== columns.count)
    return { line, fault: `the row has ${fields.length} columns, the header ${columns.count}` };
  const value = fields[columns.picture] ?? '';
  if (value.trim() === '') return { line, fault: 'the row has no picture' };
  const id = fields[columns.id]?.trim();
  return { line, value, id: id === undefined || id === '' ? undefined : id, bytes };
}

async function* jsonRows(chunks: AsyncIterable<Buffer>, options: TableOptions): AsyncGenerator<RowOrFault> {
  for await (const record of readJsonLineRecords(chunks, options)) {
    if ('fault' in record) yield record;
    else yield jsonRow(record.line, record.fields[0] ?? '', record.bytes, options);
  }
}

function jsonRow(line: number, text: string, bytes: number, options: TableOptions): RowOrFault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { line, fault: `the line is not JSON: ${errorMessage(error).slice(0, 100)}` };
  }
  if (typeof value === 'string') return { line, value, id: undefined, bytes };
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return { line, fault: 'the line is neither an object nor a text' };
  const members = value as Readonly<Record<string, unknown>>;
  const names = options.column === undefined ? pictureColumns : [options.column];
  const picture = names.map((name) => members[name]).find((member) => typeof member === 'string');
  if (typeof picture !== 'string' || picture.trim() === '')
    return { line, fault: `the object has no text ${names.join(', ')}` };
  const id = members[options.idColumn ?? 'id'];
  const named = typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
  return { line, value: picture, id: named, bytes };
}
