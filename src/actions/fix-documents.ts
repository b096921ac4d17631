import { resolve } from 'node:path';
import type { Diagnostic } from '../documents/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { replaceFile } from './validate/replace-file.ts';
import { validateDocuments } from './validate-documents.ts';
import type { ValidateOptions, ValidateResult } from './validate-documents.ts';

export interface FixOptions extends ValidateOptions {
  /** Write nothing: the result says what would be written. */
  readonly dryRun?: boolean;
}

export interface FixedFile {
  readonly file: string;
  /** The findings that were repaired, in the order in which that happened. */
  readonly fixed: readonly Diagnostic[];
  /** From what the file was to what it is, in the unified format. */
  readonly diff: string;
}

export interface FixResult extends ValidateResult {
  /** The files that were changed, or would be. */
  readonly fixes: readonly FixedFile[];
}

/**
 * Repairs what has one right answer and checks again: findings are those of the files as they are afterwards (with
 * `dryRun`, as they are). Everything outside the repaired values stays as it is, byte for byte; a file that a repair
 * would make worse is left alone.
 * @throws like {@link validateDocuments}; USAGE for standard input; OUTPUT_NOT_WRITTEN
 */
export async function fixDocuments(options: FixOptions = {}): Promise<FixResult> {
  if (options.paths?.includes('-') === true) {
    throw new AmlDeitError('USAGE', 'standard input cannot be repaired: expected files');
  }
  const { fixText, unifiedDiff } = await import('../documents/index.ts');
  const before = await validateDocuments(options);
  const workingDirectory = resolve(options.workingDirectory ?? '.');
  const fixes: FixedFile[] = [];
  for (const { file, text, diagnostics } of before.files) {
    if (text === undefined || !diagnostics.some(({ fix }) => fix !== undefined)) continue;
    throwIfAborted(options.signal);
    const path = resolve(workingDirectory, file);
    const check = async (changed: string): Promise<readonly Diagnostic[]> => {
      const one = await validateDocuments({ ...options, paths: [file], texts: new Map([[path, changed]]) });
      return one.findings;
    };
    const repaired = await fixText(text, check);
    if (repaired.text === text) continue;
    if (options.dryRun !== true) replaceFile(path, text, repaired.text);
    const diff = unifiedDiff(text, repaired.text, file.replaceAll('\\', '/').replace(/^\/+/, ''));
    fixes.push({ file, fixed: repaired.fixed, diff });
    options.host?.message({
      level: 'info',
      code: 'document-fixed',
      text: `${options.dryRun === true ? 'would repair' : 'repaired'} ${repaired.fixed.length} in ${file}`,
    });
  }
  const after = fixes.length === 0 || options.dryRun === true ? before : await validateDocuments(options);
  return { ...after, fixes };
}
