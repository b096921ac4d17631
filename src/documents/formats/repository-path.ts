import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { FormatOptions } from './report.ts';

/**
 * A file's name relative to the repository's root, with slashes, as annotations and SARIF want it; undefined for what
 * is no file (`-`, standard input) or lies outside.
 */
export function repositoryPath(file: string, options: FormatOptions): string | undefined {
  if (file === '-') return undefined;
  const root = options.root ?? options.workingDirectory;
  const path = relative(root, resolve(options.workingDirectory, file));
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined;
  return path.replaceAll(sep, '/');
}
