import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { CheckedFile, Diagnostic, DocumentKind, ReportedFile } from '../documents/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { orList } from '../io/nearest-names.ts';
import type { ActionContext } from '../io/index.ts';
import { diskFiles } from './validate/disk-files.ts';
import { findDocuments } from './validate/find-documents.ts';
import type { FoundDocument } from './validate/find-documents.ts';
import { projectFinder } from './validate/find-project.ts';
import type { LockFile } from './validate/find-project.ts';
import { maxDocumentBytes, readBounded, readContent, tooLarge } from './validate/read-bounded.ts';
import type { Content, ReadFault } from './validate/read-bounded.ts';

export interface ValidateOptions extends ActionContext {
  /** Files, folders (searched below, without hidden ones and node_modules), patterns, `-`; the working directory when left out. */
  readonly paths?: readonly string[];
  /** What `-` reads; at most 16 MiB of it are looked at. */
  readonly stdin?: () => Promise<Uint8Array>;
  /** Texts that stand in the place of files', by absolute path: what an editor has not saved yet. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Absolute; of the process when left out. */
  readonly workingDirectory?: string;
  /** Checks every file as this kind, whatever it looks like: the name that `$schema` URLs use. */
  readonly kind?: string;
  /** The documents are the card's, whatever models they name: VM sizes are held against its allow-lists. */
  readonly card?: boolean;
  /** Nothing is supplied by a command line later: what is missing is an error. */
  readonly complete?: boolean;
  /** The day (UTC) by which the lifecycles of VM sizes are judged; today when left out. */
  readonly asOf?: Date;
}

export interface ValidatedFile extends ReportedFile {
  /** Of its first document; null when it has none that is checked. */
  readonly kind: DocumentKind | null;
  /** `not-checked`: Azure ML's, of a kind that aml-deit does not check. `skipped`: no document of Azure ML. */
  readonly status: 'checked' | 'not-checked' | 'skipped';
}

export interface ValidateCounts {
  readonly checked: number;
  readonly notChecked: number;
  readonly skipped: number;
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
}

export interface ValidateResult {
  /** In the order of the paths; those of a folder by their names. */
  readonly files: readonly ValidatedFile[];
  /** Of all files, in their order. */
  readonly findings: readonly Diagnostic[];
  readonly counts: ValidateCounts;
}

/** How many files, and how many characters of them, are read between two looks at the signal. */
const batch = { files: 64, characters: 1024 * 1024 };

/**
 * Checks YAML documents by their schemas and rules, and against each other. What is wrong with them is the result,
 * not an error, also a file that cannot be read: look at `counts.errors`.
 * @throws FILE_NOT_FOUND for a path that stands for nothing; USAGE; INTERRUPTED
 */
export async function validateDocuments(options: ValidateOptions = {}): Promise<ValidateResult> {
  const workingDirectory = resolve(options.workingDirectory ?? '.');
  const asOf = options.asOf ?? new Date();
  if (Number.isNaN(asOf.getTime()))
    throw new AmlDeitError('USAGE', 'the date to judge by is not a valid date');
  const { checkFile, documentKinds, DocumentSet, fileDiagnostics, hasAzureText, isForeign, namedDocuments } =
    await import('../documents/index.ts');
  const kind = options.kind === undefined ? undefined : knownKind(options.kind, Object.keys(documentKinds));
  const files = diskFiles();
  const projectOf = projectFinder(files, workingDirectory);
  const set = new DocumentSet();
  const checked: (CheckedFile | ValidatedFile)[] = [];
  const locks = new Map<string, LockFile>();
  const looked = new Set<string>();
  // What documents name is what they say that it is, whatever it is called.
  const named = new Map<string, { readonly file: string; readonly kind: DocumentKind }>();
  const pending = { files: batch.files, characters: 0 };
  for (const found of findDocuments(options.paths ?? ['.'], workingDirectory)) {
    pending.files += 1;
    if (pending.files > batch.files || pending.characters > batch.characters) {
      pending.files = 0;
      pending.characters = 0;
      // Reading is synchronous, which is fastest: this is where a signal gets its turn.
      await new Promise(setImmediate);
      throwIfAborted(options.signal);
    }
    const { file, path } = found;
    const directory = path === undefined ? undefined : dirname(path);
    const given = path === undefined ? undefined : options.texts?.get(path);
    const content = given === undefined ? await readFound(found, options.stdin) : { text: given };
    if (content.fault !== undefined) {
      const isOthers = !found.isNamed && content.fault.code === 'yaml-too-large' && !startsAsAzure(path);
      checked.push(isOthers ? passedOver(file) : faultyFile(file, content.fault));
      continue;
    }
    const { text } = content;
    pending.characters += text.length;
    const project = directory === undefined ? { isOurs: false } : projectOf(directory);
    if (project.lock !== undefined) locks.set(project.lock.file, project.lock);
    const result = checkFile({
      text,
      file,
      asOf: asOf.toISOString().slice(0, 10),
      suppliable: options.complete === true ? 'error' : 'warning',
      isCards: options.card === true || project.isOurs,
      ...(project.lock !== undefined && 'lock' in project.lock ? { lock: project.lock.lock } : {}),
      files,
      ...(kind === undefined ? {} : { kind }),
      ...(directory === undefined ? {} : { directory }),
    });
    const isOthers =
      result.status === 'unknown'
        ? !(isFaulty(result.ownDiagnostics) && hasAzureText(text))
        : isForeign(result);
    if (isOthers && !found.isNamed) {
      checked.push(passedOver(file));
      continue;
    }
    set.add(result, path);
    checked.push(result);
    if (path === undefined) continue;
    looked.add(path);
    for (const each of namedDocuments(result, dirname(path))) {
      named.set(each.path, {
        file: isAbsolute(each.given) ? each.given : join(dirname(file), each.given),
        kind: each.kind,
      });
    }
  }
  for (const [path, { file, kind }] of named) {
    if (looked.has(path) || files.exists(path) !== 'file') continue;
    const given = options.texts?.get(path);
    const content = given === undefined ? readContent(path) : { text: given };
    checked.push(
      content.fault === undefined
        ? checkFile({ text: content.text, file, kind, asOf: asOf.toISOString().slice(0, 10), files })
        : faultyFile(file, content.fault),
    );
  }
  set.check(asOf.toISOString().slice(0, 10));
  return toResult(checked, fileDiagnostics, await faultyLocks([...locks.values()]));

  /** By its beginning. */
  function startsAsAzure(path: string | undefined): boolean {
    try {
      return path === undefined || hasAzureText(readBounded(path, 64 * 1024));
    } catch {
      return false;
    }
  }
}

async function readFound(found: FoundDocument, stdin: ValidateOptions['stdin']): Promise<Content> {
  if (found.unlisted !== undefined) {
    const message = `the folder cannot be read: ${found.unlisted}`;
    return { fault: { severity: 'error', code: 'file-unreadable', message } };
  }
  if (found.path !== undefined) return readContent(found.path);
  const text = await readStandardInput(stdin);
  return text.length > maxDocumentBytes
    ? { fault: tooLarge(`standard input has more than ${maxDocumentBytes} bytes`) }
    : { text };
}

function knownKind(given: string, kinds: readonly string[]): DocumentKind {
  const kind = kinds.find((each) => each.toLowerCase() === given.toLowerCase());
  if (kind === undefined) {
    throw new AmlDeitError('USAGE', `unknown kind '${given}': expected ${orList(kinds)}`);
  }
  return kind as DocumentKind;
}

async function readStandardInput(stdin: ValidateOptions['stdin']): Promise<Uint8Array> {
  if (stdin === undefined) throw new AmlDeitError('USAGE', 'there is no standard input to read');
  return stdin();
}

function passedOver(file: string): ValidatedFile {
  return { file, kind: null, status: 'skipped', kinds: [], diagnostics: [] };
}

/** A finding at the beginning of a file that has no text to point into. */
function faultyFile(file: string, fault: ReadFault): ValidatedFile {
  const finding: Diagnostic = { ...fault, file, line: 1, column: 1, length: 1, pointer: '' };
  return { file, kind: null, status: 'checked', kinds: [], diagnostics: [finding] };
}

/** The lock files that have findings; loads the card only where there is one to hold against it. */
async function faultyLocks(locks: readonly LockFile[]): Promise<ValidatedFile[]> {
  if (locks.length === 0) return [];
  const { checkLockFile } = await import('./validate/check-lock-file.ts');
  const files: ValidatedFile[] = [];
  for (const lock of locks) {
    const { file, text } = lock;
    const diagnostics = await checkLockFile(lock);
    if (diagnostics.length > 0)
      files.push({ file, kind: null, status: 'checked', kinds: [], text, diagnostics });
  }
  return files;
}

/** A file that cannot even be read was looked at; what is readable and of no kind was passed over. */
function isFaulty(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

function toResult(
  checked: readonly (CheckedFile | ValidatedFile)[],
  fileDiagnostics: (file: CheckedFile) => Diagnostic[],
  others: readonly ValidatedFile[],
): ValidateResult {
  const documents = checked.map((file): ValidatedFile => {
    if ('diagnostics' in file) return file;
    const diagnostics = fileDiagnostics(file);
    return {
      file: file.file,
      kind: file.kind,
      status: file.status === 'unknown' ? (isFaulty(diagnostics) ? 'checked' : 'skipped') : file.status,
      kinds: file.documents.map(({ definition }) => definition.kind),
      // The text is for showing source lines: without findings there are none to show.
      ...(diagnostics.length === 0 ? {} : { text: file.text }),
      diagnostics,
    };
  });
  const files = [...documents, ...others];
  const findings = files.flatMap(({ diagnostics }) => diagnostics);
  const withStatus = (status: ValidatedFile['status']): number =>
    files.filter((file) => file.status === status).length;
  const withSeverity = (severity: Diagnostic['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    files,
    findings,
    counts: {
      checked: withStatus('checked'),
      notChecked: withStatus('not-checked'),
      skipped: withStatus('skipped'),
      errors: withSeverity('error'),
      warnings: withSeverity('warning'),
      infos: withSeverity('info'),
    },
  };
}
