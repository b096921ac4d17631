import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, matchesGlob, relative, resolve, sep } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import type { TableFile } from '../../serving/batch/index.ts';

/** What `--input` names, by what is there. */
export type ScoreInput =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'picture'; readonly path: string }
  | { readonly kind: 'tables'; readonly root: string; readonly files: readonly TableFile[] };

const tableFormats: Readonly<Record<string, Pick<TableFile, 'format' | 'delimiter'>>> = {
  '.csv': { format: 'csv' },
  '.tsv': { format: 'csv', delimiter: '\t' },
  '.jsonl': { format: 'jsonl' },
  '.ndjson': { format: 'jsonl' },
};
const mltableName = 'MLTable';
const maxMltableBytes = 256 * 1024;

/** A folder of pictures, one picture, a table by its ending, or a folder with an `MLTable`. Throws FILE_NOT_FOUND, FILE_UNREADABLE, TABLE_INVALID. */
export async function findScoreInput(given: string): Promise<ScoreInput> {
  const path = resolve(given);
  const info = await stat(path).catch((error: unknown) => {
    const missing = systemErrorCode(error) === 'ENOENT';
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? `there is no ${given}` : `${given} cannot be read: ${systemErrorCode(error)}`,
      { cause: error },
    );
  });
  if (info.isDirectory()) {
    const table = join(path, mltableName);
    const isTable = await stat(table).then(
      (found) => found.isFile(),
      () => false,
    );
    return isTable ? mltableInput(path) : { kind: 'folder', path };
  }
  if (basename(path) === mltableName) return mltableInput(dirname(path));
  const table = tableFormats[extname(path).toLowerCase()];
  if (table === undefined) return { kind: 'picture', path };
  return { kind: 'tables', root: dirname(path), files: [{ path, name: basename(path), ...table }] };
}

function invalid(message: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('TABLE_INVALID', message, {
    hint: 'an MLTable is read as far as it lists files with `paths` and reads them with read_json_lines or read_delimited',
    ...(cause === undefined ? {} : { cause }),
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The files of an MLTable folder: `paths` of `file`, `pattern` or `folder`, in their order. */
async function mltableInput(root: string): Promise<ScoreInput> {
  const file = join(root, mltableName);
  const { size } = await stat(file);
  if (size > maxMltableBytes) throw invalid(`${file} has ${size} bytes: expected at most ${maxMltableBytes}`);
  const { load } = await import('js-yaml');
  let document: unknown;
  try {
    document = load(await readFile(file, 'utf8'));
  } catch (error) {
    throw invalid(`${file} is not YAML: ${errorMessage(error).split('\n')[0]}`, error);
  }
  if (!isObject(document)) throw invalid(`${file} is no MLTable`);
  const format = mltableFormat(document['transformations'], file);
  const paths: readonly unknown[] = Array.isArray(document['paths']) ? document['paths'] : [];
  // A file that several entries name has its rows once.
  const found = new Set<string>();
  for (const path of paths) for (const one of await filesOf(path, root, file)) found.add(one);
  if (found.size === 0) throw invalid(`${file} names no files`);
  if (format.headers === 'from_first_file' && found.size > 1)
    throw invalid(`${file}: header: from_first_file is read of one file only, and there are ${found.size}`);
  return {
    kind: 'tables',
    root,
    files: Array.from(found, (path) =>
      tableFile(path, relative(root, path).replaceAll('\\', '/'), format.table),
    ),
  };
}

const tableFile = (path: string, name: string, format: MltableFormat['table']): TableFile => ({
  path,
  name,
  ...format,
});

async function filesOf(entry: unknown, root: string, file: string): Promise<string[]> {
  const below = (text: string): string => {
    const path = resolve(root, text);
    if (relative(root, path).startsWith('..'))
      throw invalid(`${file}: the path ${text} leads out of its folder`);
    return path;
  };
  if (!isObject(entry)) throw invalid(`${file}: an entry of paths is neither file, pattern nor folder`);
  const { file: one, pattern, folder } = entry;
  if (typeof one === 'string') {
    if (/^[a-z]+:\/\//i.test(one)) throw invalid(`${file}: ${one} is not on this machine`);
    return [below(one)];
  }
  if (typeof pattern !== 'string' && typeof folder !== 'string')
    throw invalid(`${file}: an entry of paths is neither file, pattern nor folder`);
  const base = below(typeof folder === 'string' ? folder : '.');
  const names = await readdir(base, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    const code = systemErrorCode(error);
    throw new AmlDeitError(
      code === 'ENOENT' ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      code === 'ENOENT'
        ? `${file}: there is no folder ${base}`
        : `${file}: ${base} cannot be listed: ${code}`,
      { cause: error },
    );
  });
  const glob = typeof pattern === 'string' ? pattern.replace(/^\.\//, '') : undefined;
  const found: string[] = [];
  for (const name of names) {
    if (name.name === mltableName || name.isDirectory()) continue;
    const path = join(name.parentPath, name.name);
    const shown = relative(root, path);
    if (name.isSymbolicLink() && (await isFolder(path))) {
      if (glob === undefined || mayLieBelow(shown, glob))
        throw invalid(
          `${file}: ${shown} is a link to a folder, which is not followed: name the folder itself`,
        );
    } else if (glob === undefined || matchesGlob(shown, glob)) found.push(path);
  }
  return found.sort();
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

/** Whether a pattern could match something below a folder. */
function mayLieBelow(folder: string, glob: string): boolean {
  const steps = glob.split('/');
  const depth = folder.split(sep).length;
  return (
    steps.includes('**') || (steps.length > depth && matchesGlob(folder, steps.slice(0, depth).join('/')))
  );
}

interface MltableFormat {
  readonly table: Pick<TableFile, 'format' | 'delimiter' | 'hasHeader'>;
  readonly headers?: string;
}

/** Steps after which there are other rows than the files have. */
const rowSteps = new Set(['filter', 'skip', 'take', 'take_random_sample']);
const headersOfFiles = [
  'all_files_same_headers',
  'all_files_different_headers',
  'from_first_file',
  'no_header',
];

function mltableFormat(transformations: unknown, file: string): MltableFormat {
  const steps: readonly unknown[] = Array.isArray(transformations) ? transformations : [];
  for (const step of steps) {
    const name = isObject(step) ? Object.keys(step)[0] : step;
    if (typeof name === 'string' && rowSteps.has(name))
      throw invalid(`${file}: the transformation ${name} is not done: expected every row to be scored`);
  }
  for (const step of steps) {
    const [name, settings] = isObject(step) ? (Object.entries(step)[0] ?? []) : [step, undefined];
    if (name === 'read_json_lines') return { table: { format: 'jsonl' } };
    if (name === 'read_delimited') {
      const delimiter = isObject(settings) ? settings['delimiter'] : undefined;
      if (delimiter !== undefined && !(typeof delimiter === 'string' && delimiter.length === 1))
        throw invalid(`${file}: the delimiter is ${JSON.stringify(delimiter)}: expected one character`);
      const headers = isObject(settings) ? (settings['header'] ?? headersOfFiles[0]) : headersOfFiles[0];
      if (typeof headers !== 'string' || !headersOfFiles.includes(headers))
        throw invalid(
          `${file}: header is ${JSON.stringify(headers)}: expected one of ${headersOfFiles.join(', ')}`,
        );
      return {
        table: { format: 'csv', delimiter: delimiter ?? ',', hasHeader: headers !== 'no_header' },
        headers,
      };
    }
  }
  throw invalid(`${file} says neither read_json_lines nor read_delimited`);
}
