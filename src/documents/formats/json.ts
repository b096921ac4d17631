import { inertJson } from '../../io/index.ts';
import { passes, summarize } from './report.ts';
import type { Report, ReportedFix, ReportSummary } from './report.ts';
import type { Diagnostic } from '../diagnostic.ts';

/** `schemas/output/validate.schema.json` describes it. */
export interface JsonReport {
  /** False when the run fails: an error, or more warnings than allowed. */
  readonly ok: boolean;
  readonly summary: ReportSummary;
  readonly files: readonly { readonly file: string; readonly kinds: readonly string[] }[];
  readonly findings: readonly Diagnostic[];
  /** With `--fix`. */
  readonly fixes?: readonly ReportedFix[];
}

export function jsonReport(report: Report): JsonReport {
  return {
    ok: passes(report),
    summary: summarize(report),
    files: report.files.map(({ file, kinds = [] }) => ({ file, kinds })),
    findings: report.files.flatMap(({ diagnostics }) => diagnostics),
    ...(report.fixes === undefined ? {} : { fixes: report.fixes }),
  };
}

/** The version of the JSON documents that the CLI prints. */
const schemaVersion = 1;

export function formatJson(report: Report): string {
  return `${inertJson({ schemaVersion, ...jsonReport(report) })}\n`;
}
