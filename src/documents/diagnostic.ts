import type { SourceRange } from './yaml-tree.ts';

/** A problem in a document, as a value: all problems of a file are collected before anything is reported. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable, kebab-case: `unknown-key`, `traffic-sum`. */
  readonly code: string;
  /** Lower-case; names the offending value and says what was expected. */
  readonly message: string;
  /** As it was given to the parser. */
  readonly file: string;
  /** 1-based. 0 where the value came from the caller's overrides and stands in no file. */
  readonly line: number;
  /** 1-based, in UTF-16 units. 0 like `line`. */
  readonly column: number;
  /** Of what the caret underlines, in UTF-16 units, at least 1 (0 like `line`). */
  readonly length: number;
  /** JSON pointer of the value; of the parent when a key is missing. */
  readonly pointer: string;
  /** What to write instead, where it is known: one name or value. */
  readonly suggestion?: string;
  /** Present where there is one right answer. */
  readonly fix?: Fix;
}

/** Changes to the file's text that mend one finding. */
export interface Fix {
  readonly edits: readonly TextEdit[];
}

export interface TextEdit {
  /** Offsets in the file's text, in UTF-16 units, a byte order mark included; end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What a parser of documents returns: the document is absent when a diagnostic is an error. */
export interface ParseResult<Document> {
  readonly document?: Document;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Finding {
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly message: string;
  readonly pointer: string;
  /** Undefined for what stands in no file. */
  readonly range: SourceRange | undefined;
  readonly suggestion?: string;
  /** Offsets as `range` has them: without a byte order mark. */
  readonly edits?: readonly TextEdit[];
}

type Report = (code: string, message: string, pointer: string, range: SourceRange | undefined) => void;

/** Collects diagnostics of one file; `range` undefined is a value that stands in no file. */
export interface DiagnosticSink {
  readonly diagnostics: Diagnostic[];
  readonly report: (finding: Finding) => void;
  readonly error: Report;
  readonly warning: Report;
  readonly info: Report;
}

/** The text of a file as offsets count it. */
export class SourceText {
  readonly file: string;
  /** Without a byte order mark. */
  readonly source: string;
  /** What the mark adds to offsets in the file. */
  readonly markLength: number;
  #lineStarts: readonly number[] | undefined;
  readonly #shared: SourceRange[] = [];

  constructor(text: string, file: string) {
    this.file = file;
    this.markLength = text.startsWith('\uFEFF') ? 1 : 0;
    this.source = this.markLength === 0 ? text : text.slice(1);
  }

  /** Marks what an alias repeats: an edit there changes other places as well. */
  share({ start, end }: SourceRange): void {
    this.#shared.push({ start, end });
  }

  isShared({ start, end }: SourceRange): boolean {
    return this.#shared.some((range) => start >= range.start && end <= range.end);
  }

  /** Found when the first place is asked for: most files have nothing to report. */
  get lineStarts(): readonly number[] {
    this.#lineStarts ??= findLineStarts(this.source);
    return this.#lineStarts;
  }
}

export function diagnosticSink(text: SourceText): DiagnosticSink {
  const diagnostics: Diagnostic[] = [];
  const report = ({ severity, code, message, pointer, range, suggestion, edits }: Finding): void => {
    const place = range === undefined ? { line: 0, column: 0, length: 0 } : position(text, range);
    // What is right in one place need not be in all that an alias makes of it.
    const isOwn = edits?.every((edit) => !text.isShared(edit)) === true;
    const moved = edits?.map((edit) => ({
      ...edit,
      start: edit.start + text.markLength,
      end: edit.end + text.markLength,
    }));
    diagnostics.push({
      severity,
      code,
      message,
      file: text.file,
      ...place,
      pointer,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(moved === undefined || !isOwn ? {} : { fix: { edits: moved } }),
    });
  };
  const reportAs =
    (severity: Diagnostic['severity']): Report =>
    (code, message, pointer, range) => {
      report({ severity, code, message, pointer, range });
    };
  return {
    diagnostics,
    report,
    error: reportAs('error'),
    warning: reportAs('warning'),
    info: reportAs('info'),
  };
}

/** In the order of the file; those without a place first. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Offsets at which lines begin; a line ends with LF, CRLF or CR. */
export function findLineStarts(source: string): number[] {
  const starts = [0];
  for (const match of source.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  return starts;
}

function position(
  { lineStarts, source }: SourceText,
  range: SourceRange,
): { line: number; column: number; length: number } {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= range.start) low = middle;
    else high = middle - 1;
  }
  const lineStart = lineStarts[low] ?? 0;
  // The caret underlines one line: a longer value is shown by its first.
  let lineEnd = lineStarts[low + 1] ?? source.length;
  while (lineEnd > range.start && (source[lineEnd - 1] === '\n' || source[lineEnd - 1] === '\r'))
    lineEnd -= 1;
  return {
    line: low + 1,
    column: range.start - lineStart + 1,
    length: Math.max(1, Math.min(range.end, lineEnd) - range.start),
  };
}
