import type { Diagnostic } from '../diagnostic.ts';

/** One file that was looked at, in the order of the run. */
export interface ReportedFile {
  /** As it was given. */
  readonly file: string;
  /** Of each YAML document in it; absent when it could not be told. */
  readonly kinds?: readonly string[];
  /** As read; without it no source lines are shown. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that was repaired, or would be. */
export interface ReportedFix {
  readonly file: string;
  readonly fixed: readonly Diagnostic[];
  /** From what the file was to what it is, in the unified format. */
  readonly diff: string;
}

/** What every format prints. */
export interface Report {
  readonly files: readonly ReportedFile[];
  /** How many files were found and are no documents of Azure ML. */
  readonly skipped?: number;
  /** What was repaired before. */
  readonly fixes?: readonly ReportedFix[];
  /** More warnings than this fail the run; no limit when left out. */
  readonly maxWarnings?: number;
}

export interface FormatOptions {
  /** Absolute path that relative file names start from. */
  readonly workingDirectory: string;
  /** Absolute path of the repository: annotations name files relative to it. The working directory when left out. */
  readonly root?: string;
  /** With the escape sequences of a terminal; for text only. */
  readonly color?: boolean;
}

export interface ReportSummary {
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  readonly skipped: number;
}

export function summarize(report: Report): ReportSummary {
  const all = report.files.flatMap(({ diagnostics }) => diagnostics);
  const count = (severity: Diagnostic['severity']): number =>
    all.filter((diagnostic) => diagnostic.severity === severity).length;
  return {
    files: report.files.length,
    errors: count('error'),
    warnings: count('warning'),
    infos: count('info'),
    skipped: report.skipped ?? 0,
  };
}

export function exceedsMaxWarnings(report: Report): boolean {
  return report.maxWarnings !== undefined && summarize(report).warnings > report.maxWarnings;
}

/** True when nothing fails the run: no error, and not more warnings than allowed. */
export function passes(report: Report): boolean {
  return summarize(report).errors === 0 && !exceedsMaxWarnings(report);
}

/** `3 errors and 1 warning in 2 of 5 files; --fix repairs 1`. */
export function summaryLine(report: Report): string {
  const { files, errors, warnings, infos, skipped } = summarize(report);
  const parts = [plural(errors, 'error'), plural(warnings, 'warning'), plural(infos, 'note')].filter(
    (part) => !part.startsWith('0 '),
  );
  const others = skipped === 0 ? '' : `; ${plural(skipped, 'other file')} skipped`;
  if (files === 0) return `no documents of Azure ML found${others}`;
  if (parts.length === 0) return `${plural(files, 'file')}: no findings${others}`;
  const concerned = report.files.filter(({ diagnostics }) => diagnostics.length > 0).length;
  const all = report.files.flatMap(({ diagnostics }) => diagnostics);
  const fixable = all.filter(({ fix }) => fix !== undefined).length;
  const repair = fixable === 0 ? '' : `; --fix repairs ${fixable}`;
  const limit = exceedsMaxWarnings(report)
    ? `; at most ${plural(report.maxWarnings ?? 0, 'warning')} allowed`
    : '';
  return `${andList(parts)} in ${concerned} of ${plural(files, 'file')}${repair}${limit}${others}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function andList(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}
