import { inertLines, printableLine } from '../io/index.ts';
import { displayWidth } from './display-width.ts';

/**
 * Columns as wide as their widest cell, two blanks between; a header line. Ends with a newline. Cells may hold text of
 * anybody: what a terminal or a CI service would obey is made harmless.
 */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((line) => line.map(printableLine));
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => displayWidth(line[column] ?? ''))),
  );
  const text = lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - displayWidth(cell)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
  return inertLines(text);
}
