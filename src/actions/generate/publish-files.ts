import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';
import type { GenerateOptions, GenerateResult } from './generate-options.ts';

/** A file to be written. */
export interface RenderedFile {
  /** Below the output folder, with forward slashes. */
  readonly name: string;
  readonly content: string;
  /** `lines`: a file that is there keeps what it has and gets the lines that it lacks. */
  readonly merge?: 'lines';
}

export type GeneratedFileState =
  'created' | 'overwritten' | 'extended' | 'unchanged' | 'would-create' | 'would-overwrite' | 'would-extend';

export interface GeneratedFile {
  /** The output folder's path and the file's below it. */
  readonly path: string;
  readonly state: GeneratedFileState;
  /** What the file holds now, or would. */
  readonly content: string;
  /** With `dryRun`, in the unified format; empty for a file that stays as it is. */
  readonly diff?: string;
}

interface FilePlan {
  readonly name: string;
  readonly path: string;
  readonly verb: 'create' | 'overwrite' | 'extend' | 'none';
  readonly before: Buffer | undefined;
  readonly after: Buffer;
}

const doneStates = {
  create: 'created',
  overwrite: 'overwritten',
  extend: 'extended',
  none: 'unchanged',
} as const;
const dryStates = {
  create: 'would-create',
  overwrite: 'would-overwrite',
  extend: 'would-extend',
  none: 'unchanged',
} as const;

/**
 * Writes a set of files, all or none. A file with the same content is left alone (line ends do not count); one with
 * other content is OUTPUT_EXISTS unless `force` is given. A failure on the way puts back what was there.
 *
 * Throws OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN, FILE_UNREADABLE, INTERRUPTED.
 */
export async function publishFiles(
  files: readonly RenderedFile[],
  options: GenerateOptions,
): Promise<GenerateResult> {
  const { unifiedDiff } = await import('../../documents/index.ts');
  const out = options.out ?? '.';
  const plans: FilePlan[] = [];
  for (const file of files) plans.push(await planFile(file, join(out, ...file.name.split('/'))));
  const diffOf = ({ name, verb, before, after }: FilePlan): string =>
    verb === 'none'
      ? ''
      : unifiedDiff(before === undefined ? undefined : textOf(before), textOf(after), name);

  const dryRun = options.dryRun === true;
  const inTheWay = plans.filter(({ verb }) => verb === 'overwrite');
  if (!dryRun && options.force !== true && inTheWay.length > 0) throw exists(inTheWay, diffOf);
  throwIfAborted(options.signal);
  const changing = plans.filter(({ verb }) => verb !== 'none');
  if (!dryRun) await writeAll(changing);
  return {
    changed: changing.length > 0,
    files: plans.map((plan) => {
      const { path, verb } = plan;
      const content = textOf(plan.after);
      return dryRun
        ? { path, state: dryStates[verb], content, diff: diffOf(plan) }
        : { path, state: doneStates[verb], content };
    }),
  };
}

const textOf = (content: Buffer): string => content.toString('utf8');

async function planFile(file: RenderedFile, path: string): Promise<FilePlan> {
  const before = await readExisting(path);
  const whole = Buffer.from(file.content, 'utf8');
  const plan = (verb: FilePlan['verb'], after: Buffer): FilePlan => ({
    name: file.name,
    path,
    verb,
    before,
    after,
  });
  if (before === undefined) return plan('create', whole);
  if (file.merge === 'lines') {
    const missing = missingLines(textOf(before), file.content);
    return missing === ''
      ? plan('none', before)
      : plan('extend', Buffer.concat([before, Buffer.from(missing)]));
  }
  // A checkout on Windows may have turned the line ends.
  const isSame = textOf(before).replaceAll('\r\n', '\n') === file.content;
  return isSame ? plan('none', before) : plan('overwrite', whole);
}

async function readExisting(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'EISDIR')
      throw new AmlDeitError('OUTPUT_EXISTS', `${path} is a folder, expected a file or nothing`);
    if (code === 'ENOTDIR') {
      throw new AmlDeitError('OUTPUT_EXISTS', `${dirname(path)} is a file, expected a folder or nothing`);
    }
    throw new AmlDeitError('FILE_UNREADABLE', `${path} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** The lines that a text lacks, as what is to be put behind it; empty when it has all. */
function missingLines(text: string, lines: string): string {
  const there = new Set(text.split(/\r?\n/).map((line) => line.trim()));
  const missing = lines.split('\n').filter((line) => line !== '' && !there.has(line.trim()));
  // A comment alone says nothing.
  if (missing.every((line) => line.startsWith('#'))) return '';
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  return (text === '' || text.endsWith('\n') ? '' : end) + missing.map((line) => line + end).join('');
}

function exists(plans: readonly FilePlan[], diffOf: (plan: FilePlan) => string): AmlDeitError {
  const differences = plans.map((plan) => {
    const diff = diffOf(plan);
    const count = (sign: string): number =>
      diff.split('\n').filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3))).length;
    return { path: plan.path, added: count('+'), removed: count('-'), diff };
  });
  const words = differences.map(({ path, added, removed }) => `${path} (+${added} -${removed} lines)`);
  return new AmlDeitError('OUTPUT_EXISTS', `already there, with other content: ${words.join(', ')}`, {
    hint: '--dry-run shows the difference, --force replaces, --out names another folder; nothing was written',
    details: { files: differences },
  });
}

/** Everything is written beside its place first; then it is moved there, and moved back if that fails half-way. */
async function writeAll(plans: readonly FilePlan[]): Promise<void> {
  const suffix = `.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const temporaries: string[] = [];
  const madeFolders: string[] = [];
  const moved: { readonly target: string; readonly before: Buffer | undefined }[] = [];
  try {
    const steps: {
      readonly temporary: string;
      readonly target: string;
      readonly before: Buffer | undefined;
    }[] = [];
    for (const { path, before, after } of plans) {
      const made = await mkdir(dirname(path), { recursive: true });
      if (made !== undefined) madeFolders.push(...foldersBetween(made, dirname(path)));
      // A link stays a link: what it points to gets the content.
      const target = before === undefined ? path : await realpath(path);
      const temporary = join(dirname(target), `.${basename(target)}${suffix}`);
      temporaries.push(temporary);
      const mode = before === undefined ? undefined : (await stat(target)).mode;
      await writeFile(temporary, after, { flag: 'wx', ...(mode === undefined ? {} : { mode }) });
      steps.push({ temporary, target, before });
    }
    for (const { temporary, target, before } of steps) {
      await rename(temporary, target);
      moved.push({ target, before });
    }
  } catch (error) {
    const lost: string[] = [];
    for (const { target, before } of moved.reverse()) {
      const restored = before === undefined ? rm(target, { force: true }) : writeFile(target, before);
      await restored.catch(() => lost.push(target));
    }
    // What cannot be cleaned away must not hide why it failed.
    for (const temporary of temporaries) await rm(temporary, { force: true }).catch(() => undefined);
    for (const folder of madeFolders.reverse()) await rmdir(folder).catch(() => undefined);
    if (systemErrorCode(error) === undefined) throw error;
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `cannot write: ${errorMessage(error)}`, {
      hint: lost.length === 0 ? 'nothing was changed' : `could not be put back: ${lost.join(', ')}`,
      cause: error,
    });
  }
}

/** `first` and all below it down to `last`, outermost first. */
function foldersBetween(first: string, last: string): string[] {
  const folders: string[] = [];
  for (
    let folder = last;
    folder.length >= first.length && folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    folders.unshift(folder);
  }
  return folders;
}
