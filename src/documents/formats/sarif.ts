import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inertJson, packageVersion } from '../../io/index.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { RuleText } from '../rules/catalogue/index.ts';
import { passes } from './report.ts';
import type { FormatOptions, Report, ReportedFile } from './report.ts';
import { repositoryPath } from './repository-path.ts';
import { regionsOf } from './source-regions.ts';

const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

/**
 * SARIF 2.1.0, as GitHub's code scanning and editors read it. Files inside the repository are named relative to
 * `%SRCROOT%`; columns are UTF-16 units.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/sarif-v2.1.0-errata01.html
 */
export function formatSarif(
  report: Report,
  options: FormatOptions,
  texts: Readonly<Record<string, RuleText>>,
): string {
  const codes = [
    ...new Set(report.files.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code))),
  ].sort();
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'aml-deit',
            semanticVersion: packageVersion(),
            rules: codes.map((code) => rule(code, texts)),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          '%SRCROOT%': { description: { text: 'The root of the repository that was checked.' } },
        },
        // The tool has done its work, whatever it found.
        invocations: [{ executionSuccessful: true, exitCode: passes(report) ? 0 : 3 }],
        artifacts: report.files.map(({ file }) => ({ location: artifactLocation(file, options) })),
        results: report.files.flatMap((file, index) =>
          file.diagnostics.map((diagnostic) => result(diagnostic, file, index, codes, options)),
        ),
      },
    ],
  };
  return `${inertJson(log)}\n`;
}

function rule(code: string, texts: Readonly<Record<string, RuleText>>): object {
  const text = Object.hasOwn(texts, code) ? texts[code] : undefined;
  if (text === undefined) return { id: code };
  const { meaning, why, remedy, source } = text;
  const isUrl = source?.startsWith('https://') === true;
  return {
    id: code,
    shortDescription: { text: meaning },
    fullDescription: { text: `${meaning} ${why}` },
    help: {
      text: `${why}\n\n${remedy}${source === undefined ? '' : `\n\nSource: ${source}`}`,
      markdown: `${why}\n\n**What to do:** ${remedy}${source === undefined ? '' : `\n\nSource: ${isUrl ? `<${source}>` : source}`}`,
    },
    ...(isUrl ? { helpUri: source } : {}),
  };
}

function result(
  diagnostic: Diagnostic,
  { file, text }: ReportedFile,
  index: number,
  codes: readonly string[],
  options: FormatOptions,
): object {
  const { severity, code, message, line, column, length, pointer } = diagnostic;
  const location = { ...artifactLocation(file, options), index };
  const region =
    line === 0 ? {} : { region: { startLine: line, startColumn: column, endColumn: column + length } };
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: levels[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: { artifactLocation: location, ...region },
        ...(pointer === '' ? {} : { logicalLocations: [{ fullyQualifiedName: pointer, kind: 'value' }] }),
      },
    ],
    ...fixes(diagnostic, text, location),
  };
}

function fixes({ fix, suggestion }: Diagnostic, text: string | undefined, artifactLocation: object): object {
  if (fix === undefined || text === undefined) return {};
  const regions = regionsOf(text, fix.edits);
  const replacements = fix.edits.map((edit, at) => ({
    deletedRegion: regions[at],
    insertedContent: { text: edit.text },
  }));
  const description = suggestion === undefined ? {} : { description: { text: `write ${suggestion}` } };
  return { fixes: [{ ...description, artifactChanges: [{ artifactLocation, replacements }] }] };
}

function artifactLocation(file: string, options: FormatOptions): { uri: string; uriBaseId?: string } {
  const path = repositoryPath(file, options);
  if (path !== undefined) {
    // A first part with a colon would be read as a scheme: it is encoded as well.
    return { uri: path.toWellFormed().split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
  }
  if (file === '-') return { uri: 'stdin' };
  return { uri: pathToFileURL(resolve(options.workingDirectory, file)).href };
}
