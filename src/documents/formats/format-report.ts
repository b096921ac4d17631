import { formatAzure } from './azure.ts';
import { formatGithub } from './github.ts';
import { formatJson } from './json.ts';
import { formatJunit } from './junit.ts';
import type { FormatOptions, Report } from './report.ts';
import { formatText } from './text.ts';
import type { OutputFormat } from '../output-formats.ts';

/** A report as text in one of the formats; ends with a line feed. */
export async function formatReport(
  format: OutputFormat,
  report: Report,
  options: FormatOptions,
): Promise<string> {
  switch (format) {
    case 'text':
      return formatText(report, options);
    case 'json':
      return formatJson(report);
    case 'junit':
      return formatJunit(report);
    case 'github':
      return formatGithub(report, options);
    case 'azure':
      return formatAzure(report, options);
    case 'sarif': {
      // The catalogue's texts are many, and only this format has use for them.
      const [{ formatSarif }, { findingTexts }] = await Promise.all([
        import('./sarif.ts'),
        import('../explain.ts'),
      ]);
      return formatSarif(report, options, findingTexts);
    }
  }
}
