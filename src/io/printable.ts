import { inertLines } from './inert-in-ci.ts';

/**
 * Text of a file, a container or a file name, made safe to show: control characters and those that reorder or hide
 * text must not reach a terminal. Tabs and line feeds stay.
 */
export function printable(text: string): string {
  return text.replaceAll(unprintable, '\uFFFD');
}

const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/** The same as one line. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\t\n]/g, '\uFFFD');
}

/** Lines for a terminal or the log of a CI job, whoever wrote them. */
export function printableLines(text: string): string {
  return inertLines(printable(text.replaceAll('\r\n', '\n')));
}
