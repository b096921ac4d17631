import { globSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Dirent } from 'node:fs';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';

export interface FoundDocument {
  /** As given, or the folder as given with the path below it. `-` is standard input. */
  readonly file: string;
  /** Absolute; undefined for standard input. */
  readonly path: string | undefined;
  /** Given by its own name, not found in a folder or by a pattern. */
  readonly isNamed: boolean;
  /** A folder that cannot be listed, and why. */
  readonly unlisted?: string;
}

/** What documents are called: files of other names are checked where somebody names them. */
const documentName = /(?:\.ya?ml|^MLTable|(?:deepspeed|(?:^|[_-])ds[_-]|zero[_-]?\d).*\.json)$/i;

/** Folders that hold other people's files. Hidden ones, `.git` among them, are skipped too. */
const skippedFolders = new Set(['node_modules', '__pycache__']);

/** Deeper than any project; a mount of itself would go on for ever. */
const maxDepth = 64;

/**
 * The files that paths stand for, each once, folders in the order of their names: a file is itself, a folder all
 * documents below it, a pattern (`**`/`*.yml`) what it matches.
 * @throws FILE_NOT_FOUND for a path or pattern that stands for nothing
 */
export function findDocuments(paths: readonly string[], workingDirectory: string): FoundDocument[] {
  const found = new Map<string, FoundDocument>();
  const add = (document: FoundDocument): void => {
    const key = document.path ?? '-';
    const known = found.get(key);
    if (known === undefined || (document.isNamed && !known.isNamed)) found.set(key, document);
  };
  for (const given of paths) {
    if (given === '-') {
      add({ file: '-', path: undefined, isNamed: true });
      continue;
    }
    const path = resolve(workingDirectory, given);
    const kind = kindOf(path);
    if (kind === 'folder') walk(path, given, 0, add);
    else if (kind !== undefined) add({ file: given, path, isNamed: true });
    else expand(given, workingDirectory, add);
  }
  return [...found.values()];
}

function walk(path: string, shown: string, depth: number, add: (document: FoundDocument) => void): void {
  if (depth > maxDepth) return;
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const isOddName = path.includes('\uFFFD');
    // One that is gone meanwhile holds nothing.
    if (systemErrorCode(error) === 'ENOENT' && !isOddName) return;
    const unlisted = isOddName ? 'its name is not UTF-8' : errorMessage(error);
    add({ file: shown, path, isNamed: false, unlisted });
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const below = join(path, entry.name);
    const file = shown === '.' ? entry.name : join(shown, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && !skippedFolders.has(entry.name)) walk(below, file, depth + 1, add);
    } else if (documentName.test(entry.name) && isFile(entry.isSymbolicLink(), entry.isFile(), below)) {
      add({ file, path: below, isNamed: false });
    }
  }
}

/** Links to files are followed, links to folders are not: they may lead in a circle. */
function isFile(isLink: boolean, isPlain: boolean, path: string): boolean {
  if (!isLink) return isPlain;
  const kind = kindOf(path);
  return kind === 'file' || kind === 'unknown';
}

/** `unknown` where the system does not say: to read it tells why. */
function kindOf(path: string): 'file' | 'folder' | 'other' | 'unknown' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
  } catch {
    return 'unknown';
  }
}

function expand(given: string, workingDirectory: string, add: (document: FoundDocument) => void): void {
  if (!/[*?[{]/.test(given)) throw new AmlDeitError('FILE_NOT_FOUND', `there is no ${given}`);
  const matches = globSync(given, {
    cwd: workingDirectory,
    exclude: (name) => skippedFolders.has(basename(name)) || /^\.[^.]/.test(basename(name)),
  }).sort();
  let count = 0;
  for (const match of matches) {
    const path = resolve(workingDirectory, match);
    if (kindOf(path) !== 'file') continue;
    count += 1;
    add({ file: match, path, isNamed: false });
  }
  if (count === 0) throw new AmlDeitError('FILE_NOT_FOUND', `no file matches ${given}`);
}
