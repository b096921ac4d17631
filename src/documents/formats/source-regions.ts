import { findLineStarts } from '../diagnostic.ts';

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Offsets of a file's text as lines and columns, both from 1; a byte order mark counts as an offset only. */
export function regionsOf(
  text: string,
  ranges: readonly { readonly start: number; readonly end: number }[],
): Region[] {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const starts = findLineStarts(text);
  const place = (offset: number): readonly [line: number, column: number] => {
    const line = starts.findLastIndex((start) => start <= offset);
    return [line + 1, offset - (starts[line] ?? 0) + 1 - (line === 0 ? mark : 0)];
  };
  return ranges.map(({ start, end }) => {
    const [startLine, startColumn] = place(start);
    const [endLine, endColumn] = place(end);
    return { startLine, startColumn, endLine, endColumn };
  });
}
