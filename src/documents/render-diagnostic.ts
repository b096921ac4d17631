import { inertAtLineStart, inertInCi, printable, printableLine } from '../io/index.ts';
import { findLineStarts } from './diagnostic.ts';
import type { Diagnostic } from './diagnostic.ts';

export interface RenderOptions {
  /** With the escape sequences of a terminal. */
  readonly color?: boolean;
}

/** Of a source line that is shown; longer ones are cut around the caret. */
const maxWidth = 120;

const sequences = { error: 31, warning: 33, info: 36, bold: 1, dim: 2 } as const;

/** The text in a terminal's colour or weight. */
export function paint(style: keyof typeof sequences, text: string): string {
  return `\u001B[${sequences[style]}m${text}\u001B[0m`;
}

/**
 * A diagnostic for people: `file:line:column: severity code: message`, then the source line and a caret under what
 * is meant. `text` is the file's text; without it, or for a value that stands in no file, there is the first line only.
 * Whatever file, message and text hold, a terminal or a CI service takes nothing in it for a command.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  text?: string,
  { color = false }: RenderOptions = {},
): string {
  const { file, line, column, severity, code, message } = diagnostic;
  const style = color ? paint : (_: unknown, plain: string): string => plain;
  const place = inertAtLineStart(printableLine(line === 0 ? file : `${file}:${line}:${column}`));
  const said = inertInCi(printableLine(message));
  const head = `${style('bold', place)}: ${style(severity, severity)} ${style('dim', code)}: ${said}`;
  if (text === undefined || line === 0) return `${head}\n`;
  const [source, caret] = sourceAndCaret(diagnostic, text);
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  return `${head}\n${style('dim', `${number} |`)} ${inertInCi(source)}\n${style('dim', `${gutter} |`)} ${caret.replace(/\^+$/, (carets) => style(severity, carets))}\n`;
}

function sourceAndCaret({ line, column, length }: Diagnostic, text: string): readonly [string, string] {
  const whole = lineOf(text, line);
  const from = column > maxWidth - 20 ? column - 21 : 0;
  const shown = whole.slice(from, from + maxWidth);
  const before = shown.slice(0, column - 1 - from);
  const caret = '^'.repeat(Math.max(1, Math.min(length, shown.length - before.length)));
  // Tabs are kept, so that the caret stands under its text however wide a tab is.
  return [printable(shown), before.replaceAll(/[^\t]/g, ' ') + caret];
}

/** Of the text that was shown last: the findings of a file come one after the other. */
let lines: { readonly text: string; readonly source: string; readonly starts: readonly number[] } | undefined;

function lineOf(text: string, line: number): string {
  if (lines?.text !== text) {
    const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
    lines = { text, source, starts: findLineStarts(source) };
  }
  const { source, starts } = lines;
  return /^[^\r\n]*/.exec(source.slice(starts[line - 1], starts[line]))?.[0] ?? '';
}

/** All diagnostics of a file, in their order. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], text?: string): string {
  return diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text)).join('');
}
