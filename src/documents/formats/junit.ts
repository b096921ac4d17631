import { renderDiagnostic } from '../render-diagnostic.ts';
import { exceedsMaxWarnings, summarize, summaryLine } from './report.ts';
import type { Report, ReportedFile } from './report.ts';

/**
 * JUnit's XML, as CI services read it: one test case per file, which fails when the file has an error; warnings and
 * notes are its output. A run with too many warnings has one more case, which fails.
 */
export function formatJunit(report: Report): string {
  const tooMany = exceedsMaxWarnings(report);
  const cases = report.files.map(testCase);
  if (tooMany) {
    const failure = element('failure', { message: summaryLine(report), type: 'max-warnings' }, '');
    cases.push(element('testcase', { name: '--max-warnings', classname: 'aml-deit.validate' }, failure));
  }
  const failures =
    report.files.filter(({ diagnostics }) => diagnostics.some(({ severity }) => severity === 'error'))
      .length + (tooMany ? 1 : 0);
  const counts = { tests: String(cases.length), failures: String(failures), errors: '0', skipped: '0' };
  const { warnings } = summarize(report);
  const properties = element(
    'properties',
    {},
    element('property', { name: 'warnings', value: String(warnings) }, ''),
  );
  const suite = element(
    'testsuite',
    { name: 'aml-deit validate', ...counts },
    [properties, ...cases].join(''),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'aml-deit', ...counts }, suite)}`;
}

function testCase({ file, kinds = [], text, diagnostics }: ReportedFile): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const others = diagnostics.filter(({ severity }) => severity !== 'error');
  const [first] = errors;
  const render = (list: typeof diagnostics): string =>
    escapeXml(list.map((diagnostic) => renderDiagnostic(diagnostic, text)).join(''));
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  // Readers of JUnit take one failure of a case: all errors stand in it.
  const failure =
    first === undefined
      ? ''
      : element('failure', { message: `${first.message}${more}`, type: first.code }, render(errors));
  const output = others.length === 0 ? '' : element('system-out', {}, render(others));
  const attributes = {
    name: file,
    classname: `aml-deit.validate.${kinds[0] ?? 'unknown'}`,
    file,
    ...(first === undefined || first.line === 0 ? {} : { line: String(first.line) }),
  };
  return element('testcase', attributes, failure + output);
}

function element(name: string, attributes: Readonly<Record<string, string>>, content: string): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  if (content === '') return `<${name}${list.join('')}/>\n`;
  return `<${name}${list.join('')}>${content.startsWith('<') ? '\n' : ''}${content}</${name}>\n`;
}

function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      .replaceAll(notXml, '\uFFFD')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // `##vso[` in a file that is printed would be a command to Azure Pipelines.
      .replaceAll(/#(?=#)/g, '&#35;')
  );
}

function escapeAttribute(text: string): string {
  return escapeXml(text).replaceAll('\t', '&#9;').replaceAll('\n', '&#10;').replaceAll('\r', '&#13;');
}

/** Characters that XML 1.0 cannot hold in any form, and those that reorder what a person sees. */
// eslint-disable-next-line no-control-regex
const notXml = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/g;
