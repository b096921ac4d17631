import { dataError } from './data-error.ts';

export interface CsvRow {
  /** Where the row begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * RFC 4180 as people write it: a byte order mark, LF, CRLF or CR, empty lines, quoted cells with commas, line breaks and
 * doubled quotes. Cells are trimmed unless quoted.
 *
 * @throws AmlDeitError DATA_INVALID for a quote that is never closed, or text behind a closing one.
 */
export function parseCsv(text: string, file: string, separator = ','): CsvRow[] {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let rowLine = 1;
  let at = 0;
  const endRow = (): void => {
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: rowLine, cells });
    cells = [];
    rowLine = line;
  };
  while (at < source.length) {
    const cell = readCell(source, at, separator);
    if (cell.fault !== undefined) throw dataError(`${file}:${line}: ${cell.fault}`);
    cells.push(cell.text);
    line += cell.breaks;
    at = cell.end;
    const next = source[at];
    if (next === separator) {
      at += 1;
      // A line that ends in a separator has an empty last cell.
      if (at === source.length || source[at] === '\n' || source[at] === '\r') cells.push('');
      if (at < source.length && source[at] !== '\n' && source[at] !== '\r') continue;
    }
    if (at < source.length) {
      at += source[at] === '\r' && source[at + 1] === '\n' ? 2 : 1;
      line += 1;
    }
    endRow();
  }
  return rows;
}

interface Cell {
  readonly text: string;
  readonly end: number;
  readonly breaks: number;
  readonly fault?: string;
}

function readCell(source: string, start: number, separator: string): Cell {
  let at = start;
  while (source[at] === ' ') at += 1;
  if (source[at] !== '"') {
    const ends = new Set([separator, '\n', '\r', undefined]);
    let end = at;
    while (!ends.has(source[end])) end += 1;
    return { text: source.slice(at, end).trim(), end, breaks: 0 };
  }
  let text = '';
  let from = at + 1;
  for (;;) {
    const quote = source.indexOf('"', from);
    if (quote === -1)
      return { text, end: source.length, breaks: 0, fault: 'a quote is opened and never closed' };
    text += source.slice(from, quote);
    from = quote + 1;
    if (source[from] !== '"') break;
    text += '"';
    from += 1;
  }
  while (source[from] === ' ') from += 1;
  const next = source[from];
  const fault =
    next === undefined || next === separator || next === '\n' || next === '\r'
      ? undefined
      : `"${next}" stands behind a closing quote, expected "${separator}" or the end of the line`;
  const breaks = text.split(/\r\n|\n|\r/).length - 1;
  return { text, end: from, breaks, ...(fault === undefined ? {} : { fault }) };
}
