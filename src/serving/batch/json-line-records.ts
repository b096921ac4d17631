import type { TableRecord } from './csv-records.ts';

const lineFeed = 0x0a;

/**
 * The lines of a file that holds one JSON value a line, as records of one field: the line's text. Memory is that of one
 * line; one past `maxRecordBytes` is a fault. Empty lines are no rows.
 */
export async function* readJsonLineRecords(
  chunks: AsyncIterable<Buffer>,
  { maxRecordBytes }: { readonly maxRecordBytes: number },
): AsyncGenerator<TableRecord, void, undefined> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let line = 1;
  const keep = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > maxRecordBytes) pieces = [];
    else if (piece.length > 0) pieces.push(Buffer.from(piece));
  };
  const end = (): TableRecord | undefined => {
    const size = bytes;
    const text = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    bytes = 0;
    if (size > maxRecordBytes) return { line, fault: `the row has more than ${maxRecordBytes} bytes` };
    const content = (line === 1 ? text.replace(/^\uFEFF/, '') : text).trim();
    return content === '' ? undefined : { line, fields: [content], bytes: size };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      keep(chunk.subarray(from, at));
      from = at + 1;
      const record = end();
      if (record !== undefined) yield record;
      line += 1;
    }
    keep(chunk.subarray(from));
  }
  const record = end();
  if (record !== undefined) yield record;
}
