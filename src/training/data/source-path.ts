import { join, posix } from 'node:path';
import { dataError } from './data-error.ts';

/**
 * A path that a list of labels names, below the folder of the list. Backslashes of Windows count as slashes.
 *
 * @throws AmlDeitError DATA_INVALID for a path that is absolute or leaves the folder.
 */
export function sourcePath(
  directory: string,
  text: string,
  place: string,
): { readonly file: string; readonly name: string } {
  const name = posix.normalize(text.replaceAll('\\', '/')).replace(/^\.\//, '');
  if (
    name === '' ||
    name === '.' ||
    name.startsWith('../') ||
    name === '..' ||
    posix.isAbsolute(name) ||
    /^[a-z]:/i.test(name) ||
    name.includes('\0')
  )
    throw dataError(`${place}: "${text}" is not a path below ${directory}`);
  return { file: join(directory, name), name };
}
