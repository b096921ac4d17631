import { printableLine } from '../../io/index.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { summaryLine } from './report.ts';
import type { FormatOptions, Report } from './report.ts';
import { repositoryPath } from './repository-path.ts';

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const;

/**
 * GitHub's workflow commands: one annotation per finding, then the summary as a plain line.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub(report: Report, options: FormatOptions): string {
  const lines = report.files
    .flatMap(({ diagnostics }) => diagnostics)
    .map((diagnostic) => annotation(diagnostic, options));
  return `${[...lines, summaryLine(report)].join('\n')}\n`;
}

function annotation(diagnostic: Diagnostic, options: FormatOptions): string {
  const { severity, code, message, file, line, column, length } = diagnostic;
  const path = repositoryPath(file, options);
  const place = line === 0 ? {} : { line, endLine: line, col: column, endColumn: column + length };
  const properties = { ...(path === undefined ? {} : { file: path, ...place }), title: code };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  // Without a path GitHub shows the message alone: the file has to stand in it.
  const text =
    path === undefined
      ? `${printableLine(file)}${line === 0 ? '' : `:${line}:${column}`}: ${message}`
      : message;
  return `::${commands[severity]} ${list.join(',')}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
