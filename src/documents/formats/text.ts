import { inertAtLineStart, printable } from '../../io/index.ts';
import { paint, renderDiagnostic } from '../render-diagnostic.ts';
import { passes, summarize, summaryLine } from './report.ts';
import type { FormatOptions, Report } from './report.ts';

/** For people: each finding with its source line and a caret, and a summary. */
export function formatText(report: Report, { color = false }: FormatOptions): string {
  const findings = report.files.flatMap(({ text, diagnostics }) =>
    diagnostics.map((diagnostic) => renderDiagnostic(diagnostic, text, { color })),
  );
  const summary = summaryLine(report);
  return `${(report.fixes ?? []).map(({ diff }) => shownDiff(diff)).join('')}${findings.join('')}${color ? colored(report, summary) : summary}\n`;
}

function colored(report: Report, summary: string): string {
  if (!passes(report)) return paint('error', summary);
  return summarize(report).warnings > 0 ? paint('warning', summary) : summary;
}

/** For reading: `patch` takes the one of the JSON document, which is exact. */
function shownDiff(diff: string): string {
  return diff.replaceAll(/[^\n]+/g, (line) => inertAtLineStart(printable(line.replace(/\r$/, ''))));
}
