import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { hashFile, makeFolders } from '../../io/index.ts';
import type { BatchItem, ItemPlace } from './batch-item.ts';
import { readJsonLineRecords } from './json-line-records.ts';
import {
  damaged,
  isOfShard,
  journalFile,
  manifestFile,
  mergedFile,
  parseManifest,
  parseOwn,
  partFile,
  partial,
  pathsFile,
  worldSizeOf,
} from './output-files.ts';
import { PathList, PathSum } from './path-set.ts';
import type { RowFormat } from './row-formats.ts';
import type { ScoredItem } from './score-items.ts';
import type { Shard } from './shard.ts';

/** How far a shard has come, as its journal has it after each group of rows that is on the disk. */
export interface ShardState {
  /** The last item, but for those that came late, whose row is written. */
  readonly place: ItemPlace | null;
  /** Of a folder: the first row's picture, by which another folder is told from this one. */
  readonly first: FirstPicture | null;
  /** Of a folder: what the paths of all rows add up to (`PathSum`). */
  readonly pathSum: string;
  readonly rows: number;
  readonly errors: number;
  readonly errorsByCode: Readonly<Record<string, number>>;
  readonly part: number;
  readonly rowsInPart: number;
  /** Bytes of the part's files that count, in the order of the formats. */
  readonly sizes: readonly number[];
  /** Finished parts, in their order. */
  readonly parts: readonly { readonly rows: number }[];
  /** How often the shard was started again. */
  readonly resumed: number;
}

interface FirstPicture {
  /** Bytes of the path below the folder, as base64. */
  readonly path: string;
  /** Of the file; null where it could not be read. */
  readonly sha256: string | null;
}

export interface OutputFile {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ShardOutputOptions {
  readonly directory: string;
  readonly shard: Shard;
  readonly formats: readonly RowFormat[];
  readonly rowsPerPart: number;
  /** What must be the same for a run to be continued: the model, the input, the form of the rows. */
  readonly fingerprint: Readonly<Record<string, unknown>>;
}

/** A journal past it is written anew with its last line only. */
const maxJournalBytes = 1 << 20;

/** The whole manifest of a shard that was finished earlier; undefined when it was not. */
export async function finishedShard(options: ShardOutputOptions): Promise<object | undefined> {
  const { directory, shard, fingerprint } = options;
  for (const name of [manifestFile(shard), mergedFile(shard)]) {
    const path = join(directory, name);
    const text = await written(directory, () => readIfThere(path));
    if (text === undefined) continue;
    const manifest: { readonly fingerprint?: object } = parseManifest(text, path);
    refuseOther(directory, manifest.fingerprint ?? {}, fingerprint);
    return manifest;
  }
  return undefined;
}

function refuseOther(directory: string, there: unknown, wanted: object): void {
  const known = (there ?? {}) as Readonly<Record<string, unknown>>;
  const differing = Object.entries(wanted)
    .filter(([name, value]) => JSON.stringify(known[name]) !== JSON.stringify(value))
    .map(([name]) => name);
  if (differing.length === 0) return;
  throw new AmlDeitError(
    'OUTPUT_EXISTS',
    `${directory} holds another run's results, which differs in ${differing.join(', ')}`,
    { hint: 'choose another folder, or empty this one' },
  );
}

/**
 * Where a shard's rows go. They are appended to files named `…partial`, forced to the disk, and then counted in a
 * journal; whoever starts again cuts the files back to what the journal counts. A part that is full, and the last one
 * at the end, gets its own name by a rename.
 */
export class ShardOutput {
  readonly #options: ShardOutputOptions;
  /** What was there when the process started to look. */
  readonly seenPaths: PathList;
  #state: ShardState;
  #files: FileHandle[] = [];
  #journal: FileHandle;
  #journalBytes: number;

  private constructor(
    options: ShardOutputOptions,
    state: ShardState,
    journal: FileHandle,
    journalBytes: number,
  ) {
    this.#options = options;
    this.seenPaths = new PathList(join(options.directory, pathsFile(options.shard)));
    this.#state = state;
    this.#journal = journal;
    this.#journalBytes = journalBytes;
  }

  /** Starts in an empty folder, or where an interrupted run of the same kind stopped. Throws OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN. */
  static async open(options: ShardOutputOptions): Promise<ShardOutput> {
    return written(options.directory, async () => {
      const { directory, shard } = options;
      await makeFolders(directory);
      await refuseForeign(directory, shard);
      const known = await readJournal(options);
      const state: ShardState = known ?? {
        place: null,
        first: null,
        pathSum: new PathSum().toString(),
        rows: 0,
        errors: 0,
        errorsByCode: {},
        part: 0,
        rowsInPart: 0,
        sizes: options.formats.map(() => 0),
        parts: [],
        resumed: -1,
      };
      const journal = await open(join(directory, journalFile(shard)), known === undefined ? 'w' : 'a');
      const output = new ShardOutput(
        options,
        { ...state, resumed: state.resumed + 1 },
        journal,
        known === undefined ? 0 : (await journal.stat()).size,
      );
      if (known === undefined) await output.#appendJournal({ fingerprint: options.fingerprint });
      await output.#openPart();
      return output;
    });
  }

  get state(): ShardState {
    return this.#state;
  }

  /** Writes rows; when it resolves they are on the disk and counted. */
  async append(rows: readonly ScoredItem[]): Promise<void> {
    await written(this.#options.directory, async () => {
      let rest = rows;
      while (rest.length > 0) {
        const room = this.#options.rowsPerPart - this.#state.rowsInPart;
        if (room <= 0) await this.#finishPart();
        else {
          await this.#write(rest.slice(0, room));
          rest = rest.slice(room);
        }
      }
    });
  }

  async #write(rows: readonly ScoredItem[]): Promise<void> {
    const { formats } = this.#options;
    const state = this.#state;
    const sizes = await Promise.all(
      formats.map(async (format, index) => {
        const file = this.#files[index];
        const from = state.sizes[index] ?? 0;
        const text = (from === 0 ? format.header : '') + rows.map((row) => format.line(row)).join('');
        const bytes = Buffer.from(text);
        if (file === undefined || bytes.length === 0) return from;
        await writeAll(file, bytes, from);
        await file.datasync();
        return from + bytes.length;
      }),
    );
    const failed = rows.flatMap((row) => (row.ok ? [] : [row.error.code]));
    const errorsByCode: Record<string, number> = { ...state.errorsByCode };
    for (const code of failed) errorsByCode[code] = (errorsByCode[code] ?? 0) + 1;
    const sum = new PathSum(state.pathSum);
    for (const { item } of rows)
      if (item.place.kind === 'file') sum.add(Buffer.from(item.place.path, 'base64'));
    const next: ShardState = {
      ...state,
      first: state.rows === 0 ? await firstPicture(rows) : state.first,
      place: rows.findLast(({ item }) => item.isLate !== true)?.item.place ?? state.place,
      pathSum: sum.toString(),
      rows: state.rows + rows.length,
      errors: state.errors + failed.length,
      errorsByCode,
      rowsInPart: state.rowsInPart + rows.length,
      sizes,
    };
    await this.#appendJournal(next);
    this.#state = next;
  }

  /** The paths of all rows that are written, from the JSON lines. */
  async *writtenPaths(): AsyncGenerator<Buffer, void, undefined> {
    const { formats } = this.#options;
    const { part, sizes } = this.#state;
    const index = formats.findIndex(({ name }) => name === 'jsonl');
    for (let at = 0; at <= part; at += 1) {
      const path = this.#paths(at)[index] ?? '';
      const size = at === part ? (sizes[index] ?? 0) : Infinity;
      if (size === 0) continue;
      const chunks = createReadStream(at === part ? partial(path) : path, { end: size - 1 });
      for await (const record of readJsonLineRecords(chunks, { maxRecordBytes: Infinity })) {
        if ('fault' in record) continue;
        const row = parseOwn(record.fields[0] ?? '', path) as {
          readonly id?: string;
          readonly idBytes?: string;
        };
        yield row.idBytes === undefined ? Buffer.from(row.id ?? '') : Buffer.from(row.idBytes, 'base64');
      }
    }
  }

  async #appendJournal(entry: object): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`);
    if (this.#journalBytes + bytes.length > maxJournalBytes) return this.#compactJournal(entry);
    await writeAll(this.#journal, bytes, null);
    await this.#journal.datasync();
    this.#journalBytes += bytes.length;
  }

  async #compactJournal(entry: object): Promise<void> {
    const { directory, shard, fingerprint } = this.#options;
    const path = join(directory, journalFile(shard));
    const text = `${JSON.stringify({ fingerprint })}\n${JSON.stringify(entry)}\n`;
    await writeDurably(partial(path), text);
    await this.#journal.close();
    await rename(partial(path), path);
    this.#journal = await open(path, 'a');
    this.#journalBytes = Buffer.byteLength(text);
  }

  #paths(part: number): string[] {
    const { directory, shard, formats } = this.#options;
    return formats.map((format) => join(directory, partFile(shard, format, part)));
  }

  /** Opens the files of the part that is being written, cut to what counts. */
  async #openPart(): Promise<void> {
    this.#files = await Promise.all(
      this.#paths(this.#state.part).map(async (path, index) => {
        const unfinished = partial(path);
        // Renamed already, and then interrupted before that was written down.
        if (!(await exists(unfinished)) && (await exists(path))) await rename(path, unfinished);
        const file = await open(unfinished, (await exists(unfinished)) ? 'r+' : 'w+');
        const size = this.#state.sizes[index] ?? 0;
        const there = (await file.stat()).size;
        if (there < size)
          throw new AmlDeitError(
            'OUTPUT_EXISTS',
            `${unfinished} has ${there} bytes, but ${size} were written: it was changed since`,
            { hint: 'choose another folder, or empty this one' },
          );
        await file.truncate(size);
        return file;
      }),
    );
  }

  async #finishPart(): Promise<void> {
    const { part, rowsInPart, parts } = this.#state;
    await this.#nameFiles();
    const next: ShardState = {
      ...this.#state,
      part: part + 1,
      rowsInPart: 0,
      sizes: this.#options.formats.map(() => 0),
      parts: [...parts, { rows: rowsInPart }],
    };
    await this.#appendJournal(next);
    this.#state = next;
    await this.#openPart();
  }

  /** Gives the part's files their own names. */
  async #nameFiles(): Promise<void> {
    for (const file of this.#files) await file.close();
    this.#files = [];
    for (const path of this.#paths(this.#state.part)) await rename(partial(path), path);
    await syncDirectory(this.#options.directory);
  }

  /** Names the last part and writes the manifest, which says that the shard is complete. */
  async finish(describe: (files: readonly OutputFile[]) => object): Promise<object> {
    return written(this.#options.directory, async () => {
      const { directory, shard, formats, fingerprint } = this.#options;
      await this.#nameFiles();
      const rows = [...this.#state.parts.map((part) => part.rows), this.#state.rowsInPart];
      const files: OutputFile[] = [];
      for (const [part, count] of rows.entries())
        for (const format of formats) {
          const name = partFile(shard, format, part);
          const path = join(directory, name);
          const { bytes, digest } = await hashFile(path);
          files.push({ name, rows: count, bytes, sha256: digest });
        }
      const manifest = { ...describe(files), fingerprint };
      const path = join(directory, manifestFile(shard));
      await writeDurably(partial(path), `${JSON.stringify(manifest, null, 2)}\n`);
      await rename(partial(path), path);
      await this.close();
      await rm(join(directory, journalFile(shard)), { force: true });
      await syncDirectory(directory);
      return manifest;
    });
  }

  /** Lets go of the files; what is written stays for the next start. */
  async close(): Promise<void> {
    await this.seenPaths.remove().catch(() => undefined);
    const files = [...this.#files, this.#journal];
    this.#files = [];
    await Promise.allSettled(files.map((file) => file.close()));
  }
}

async function firstPicture([first]: readonly ScoredItem[]): Promise<FirstPicture | null> {
  if (first?.item.place.kind !== 'file') return null;
  return { path: first.item.place.path, sha256: (await contentHash(first.item)) ?? null };
}

/** SHA-256 of a picture's file; undefined where it cannot be read. */
export async function contentHash(item: BatchItem): Promise<string | undefined> {
  const bytes = await item.read(undefined).catch(() => undefined);
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
}

/** What the system says of a write becomes OUTPUT_NOT_WRITTEN. */
export async function written<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof AmlDeitError || code === undefined) throw error;
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${directory} cannot be written: ${errorMessage(error)}`, {
      hint: 'free space or choose another folder; started again, it continues after the last row that is on the disk',
      cause: error,
    });
  }
}

async function refuseForeign(directory: string, shard: Shard): Promise<void> {
  const foreign = (await readdir(directory)).filter((name) => worldSizeOf(name) !== shard.worldSize);
  const [first] = foreign;
  if (first === undefined) return;
  const other = worldSizeOf(first);
  throw new AmlDeitError(
    'OUTPUT_EXISTS',
    other === undefined
      ? `${directory} is not empty: it has ${first}${foreign.length > 1 ? ` and ${foreign.length - 1} more` : ''}`
      : `${directory} holds the results of a run of ${other} processes, not ${shard.worldSize}`,
    { hint: 'choose another folder, or empty this one' },
  );
}

/** The last state that was written whole. */
async function readJournal(options: ShardOutputOptions): Promise<ShardState | undefined> {
  const { directory, shard, fingerprint } = options;
  const path = join(directory, journalFile(shard));
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  // What stands after the last line feed was cut off.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const [head, ...states] = lines;
  const last = states.at(-1);
  const state = last === undefined ? undefined : parseState(last, path);
  if (head === undefined || state === undefined || state.rows === 0) {
    // Nothing is lost with it, and the command that was corrected is another one.
    for (const name of await readdir(directory))
      if (isOfShard(name, shard)) await rm(join(directory, name), { force: true });
    return undefined;
  }
  const { fingerprint: known } = parseOwn(head, path);
  refuseOther(directory, known ?? {}, fingerprint);
  await cutTo(path, Buffer.byteLength(lines.join('\n')) + 1);
  return state;
}

function parseState(text: string, path: string): ShardState {
  const state = parseOwn(text, path);
  const { rows, errors, part, rowsInPart, sizes, parts } = state;
  const areCounts = [rows, errors, part, rowsInPart].every((value) => Number.isSafeInteger(value));
  if (!areCounts || !Array.isArray(sizes) || !Array.isArray(parts)) throw damaged(path);
  return state as unknown as ShardState;
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

async function cutTo(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number | null): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at);
    done += bytesWritten;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flush: true });
}

/** So that the new names outlive a power cut; not every system lets a folder be forced to the disk. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows, some mounts.
  }
}
