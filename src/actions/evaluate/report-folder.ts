import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { makeFolders } from '../../io/index.ts';

const names = { html: 'report.html', markdown: 'report.md', json: 'report.json' } as const;

export interface ReportFiles {
  readonly html: string;
  readonly markdown: string;
  readonly json: string;
}

/**
 * Makes the folder of a report. What stands in it stays, and an earlier run's report is replaced; somebody else's is not.
 *
 * @throws AmlDeitError OUTPUT_EXISTS for a file, or for a folder with a report that no evaluation wrote; OUTPUT_NOT_WRITTEN.
 */
export async function makeReportFolder(out: string): Promise<void> {
  try {
    await makeFolders(out);
    const entries = new Set(await readdir(out));
    const taken = Object.values(names).find((name) => entries.has(name));
    if (taken === undefined || (await isOwnReport(join(out, names.json)))) return;
    throw new AmlDeitError('OUTPUT_EXISTS', `${join(out, taken)} is there, and is of no evaluation`, {
      hint: 'name a new folder with --out',
    });
  } catch (error) {
    throw notWritten(out, error);
  }
}

/** The report's files: the one first by which the next run knows them for its own. */
export async function writeReportFiles(
  out: string,
  texts: Readonly<Record<keyof ReportFiles, string>>,
): Promise<ReportFiles> {
  const files = {
    html: join(out, names.html),
    markdown: join(out, names.markdown),
    json: join(out, names.json),
  };
  try {
    for (const kind of ['json', 'html', 'markdown'] as const) await writeFile(files[kind], texts[kind]);
  } catch (error) {
    throw notWritten(out, error);
  }
  return files;
}

async function isOwnReport(file: string): Promise<boolean> {
  try {
    const report = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown> | null;
    return (
      report?.['schemaVersion'] === 1 && Array.isArray(report['models']) && Array.isArray(report['gate'])
    );
  } catch {
    return false;
  }
}

function notWritten(out: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (error instanceof AmlDeitError || code === undefined) return error;
  if (code === 'EEXIST' || code === 'ENOTDIR')
    return new AmlDeitError('OUTPUT_EXISTS', `${out} is a file or lies below one, expected a folder`, {
      cause: error,
      hint: 'name a new folder with --out',
    });
  return new AmlDeitError('OUTPUT_NOT_WRITTEN', `${out} cannot be written: ${errorMessage(error)}`, {
    cause: error,
  });
}
