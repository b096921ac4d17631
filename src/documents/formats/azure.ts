import { inertAtLineStart, printableLine } from '../../io/index.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { summaryLine } from './report.ts';
import type { FormatOptions, Report } from './report.ts';
import { repositoryPath } from './repository-path.ts';

/**
 * Azure Pipelines' logging commands: one issue per error and warning (it has no third kind: what is for information
 * is a plain line), then the summary.
 * https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
export function formatAzure(report: Report, options: FormatOptions): string {
  const lines = report.files
    .flatMap(({ diagnostics }) => diagnostics)
    .map((diagnostic) =>
      diagnostic.severity === 'info' ? plainLine(diagnostic) : issue(diagnostic, options),
    );
  return `${[...lines, summaryLine(report)].join('\n')}\n`;
}

function issue({ severity, code, message, file, line, column }: Diagnostic, options: FormatOptions): string {
  const properties = {
    type: severity,
    sourcepath: repositoryPath(file, options) ?? file,
    ...(line === 0 ? {} : { linenumber: line, columnnumber: column }),
    code,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))};`);
  return `##vso[task.logissue ${list.join('')}]${escapeData(message)}`;
}

function plainLine({ severity, code, message, file, line, column }: Diagnostic): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return inertAtLineStart(printableLine(`${place}: ${severity} ${code}: ${message}`));
}

/** The agent reads %AZP25 as a percent sign, so that a `%0A` of the text stays what it is. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(';', '%3B').replaceAll(']', '%5D');
}
