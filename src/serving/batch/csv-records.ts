import { AmlDeitError } from '../../errors/index.ts';

/** One record of a table, or what is wrong with it. */
export type TableRecord =
  | { readonly line: number; readonly fields: readonly string[]; readonly bytes: number }
  | { readonly line: number; readonly fault: string };

export interface CsvOptions {
  /** For messages. */
  readonly name: string;
  /** One ASCII character. */
  readonly delimiter: string;
  /** A record past it is a fault, and is not kept. */
  readonly maxRecordBytes: number;
}

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** A row of more fields than this is a fault: a hundred megabytes of nothing but commas must not become so many texts. */
const maxFields = 100_000;
/** What a field may keep of memory for the next one. */
const maxKeptBytes = 1 << 16;

/**
 * Reads CSV (RFC 4180: quotes, doubled quotes, line ends within them; a byte order mark is dropped) from chunks of any
 * size. Memory is that of one record. A fault within a record is the record's; a quote that never closes would swallow
 * all that follows and ends the reading: TABLE_INVALID.
 */
export async function* readCsvRecords(
  chunks: AsyncIterable<Buffer>,
  options: CsvOptions,
): AsyncGenerator<TableRecord, void, undefined> {
  const parser = new CsvParser(options);
  for await (const chunk of chunks) yield* parser.push(chunk);
  yield* parser.end();
}

class CsvParser {
  readonly #options: CsvOptions;
  readonly #delimiter: number;
  #fields: string[] = [];
  /** The field that is being read: the first `#length` bytes of memory that grows by doubling. */
  #field = Buffer.alloc(256);
  #length = 0;
  #bytes = 0;
  #fault: string | undefined;
  #state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  #line = 1;
  #recordLine = 1;
  #quoteLine = 1;
  #started = false;

  constructor(options: CsvOptions) {
    this.#options = options;
    this.#delimiter = options.delimiter.charCodeAt(0);
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#options.maxRecordBytes) {
      this.#fault ??= `the row has more than ${this.#options.maxRecordBytes} bytes`;
      this.#forget();
    } else this.#append(piece);
  }

  #append(piece: Buffer): void {
    const wanted = this.#length + piece.length;
    if (wanted > this.#field.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#field.length));
      this.#field.copy(grown, 0, 0, this.#length);
      this.#field = grown;
    }
    piece.copy(this.#field, this.#length);
    this.#length = wanted;
  }

  #forget(): void {
    this.#fields = [];
    this.#clearField();
  }

  #clearField(): void {
    this.#length = 0;
    if (this.#field.length > maxKeptBytes) this.#field = Buffer.alloc(256);
  }

  #endField(): void {
    if (this.#fault === undefined && this.#fields.length === maxFields) {
      this.#fault = `the row has more than ${maxFields} columns`;
      this.#forget();
    }
    if (this.#fault === undefined) this.#fields.push(this.#field.toString('utf8', 0, this.#length));
    this.#clearField();
    this.#state = 'start';
  }

  #endRecord(): TableRecord | undefined {
    this.#endField();
    const fields = this.#fields;
    const fault = this.#fault;
    const line = this.#recordLine;
    const bytes = this.#bytes;
    this.#fields = [];
    this.#fault = undefined;
    this.#bytes = 0;
    this.#recordLine = this.#line;
    if (fault !== undefined) return { line, fault };
    // An empty line is no row.
    return fields.length === 1 && fields[0] === '' && bytes === 0 ? undefined : { line, fields, bytes };
  }

  *push(given: Buffer): Generator<TableRecord, void, undefined> {
    let chunk = given;
    if (!this.#started && chunk.length > 0) {
      this.#started = true;
      if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) chunk = chunk.subarray(3);
    }
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === 'quoted') {
        const found = chunk.indexOf(quote, at);
        const end = found === -1 ? chunk.length : found;
        this.#countLines(chunk, at, end);
        this.#keep(chunk.subarray(at, end));
        at = end;
        if (found !== -1) {
          this.#state = 'closed';
          at += 1;
        }
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === this.#delimiter) {
        this.#endField();
        this.#bytes += 1;
        at += 1;
      } else if (byte === lineFeed) {
        this.#dropCarriageReturn();
        this.#line += 1;
        at += 1;
        const record = this.#endRecord();
        if (record !== undefined) yield record;
      } else if (byte === quote && this.#state === 'start') {
        this.#state = 'quoted';
        this.#quoteLine = this.#line;
        this.#bytes += 1;
        at += 1;
      } else if (byte === quote && this.#state === 'closed') {
        // A doubled quote within quotes.
        this.#keep(chunk.subarray(at, at + 1));
        this.#state = 'quoted';
        at += 1;
      } else {
        const end = this.#plainEnd(chunk, at);
        if (this.#state === 'closed' && !(end - at === 1 && byte === carriageReturn))
          this.#fault ??= `text follows a closing quote on line ${this.#line}`;
        if (this.#state === 'start') this.#state = 'plain';
        this.#keep(chunk.subarray(at, end));
        at = end;
      }
    }
  }

  *end(): Generator<TableRecord, void, undefined> {
    if (this.#state === 'quoted')
      throw new AmlDeitError(
        'TABLE_INVALID',
        `${this.#options.name}:${this.#quoteLine}: a quote opens here and never closes`,
        { hint: 'whatever follows it would be one row: close it, or double quotes that stand within quotes' },
      );
    if (this.#bytes === 0 && this.#fields.length === 0 && this.#fault === undefined) return;
    this.#dropCarriageReturn();
    const record = this.#endRecord();
    if (record !== undefined) yield record;
  }

  /** Where plain text ends: before a delimiter, a line's end or, at a field's start, a quote. */
  #plainEnd(chunk: Buffer, from: number): number {
    let at = from + 1;
    while (at < chunk.length && chunk[at] !== this.#delimiter && chunk[at] !== lineFeed) at += 1;
    return at;
  }

  /** The one before the line feed belongs to the line's end. It was kept with the field, whole or as its last byte. */
  #dropCarriageReturn(): void {
    if (this.#length === 0 || this.#field[this.#length - 1] !== carriageReturn) return;
    this.#length -= 1;
    this.#bytes -= 1;
  }

  #countLines(chunk: Buffer, from: number, to: number): void {
    for (let at = chunk.indexOf(lineFeed, from); at !== -1 && at < to; at = chunk.indexOf(lineFeed, at + 1))
      this.#line += 1;
  }
}
