import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemErrorCode } from '../../errors/index.ts';
import { sleep } from '../../io/index.ts';
import { damaged, manifestFile, mergedFile, parseManifest, partial, worldSizeOf } from './output-files.ts';
import type { Shard } from './shard.ts';
import type { OutputFile } from './shard-output.ts';

const pollMs = 200;

interface MergedCounts {
  readonly rows: number;
  readonly errors: number;
  readonly errorsByCode: Readonly<Record<string, number>>;
}

interface Manifest {
  readonly counts: MergedCounts;
  readonly files: readonly OutputFile[];
}

/**
 * Waits until every shard that writes to a folder is complete, joins their files of rows, in the order of the ranks,
 * under one name, and removes everything else. What a batch deployment's own driver does at the end of a job. Killed at
 * any point, the same call goes on: files go only when the joined one has its name, and that is written down. Where those
 * notes are kept, every process that is started again finds nothing to do. Throws OUTPUT_EXISTS where the joined file is gone again.
 */
export async function mergeShards(options: {
  readonly directory: string;
  readonly worldSize: number;
  /** null: the rows are not kept. */
  readonly name: string | null;
  /** A hidden file of each process stays, by which an output is known as complete. */
  readonly keepsNotes: boolean;
  /** Sees the counts of all shards; what it throws leaves the shards as they are. */
  readonly check: (counts: MergedCounts) => void;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { directory, worldSize, name, keepsNotes, check, signal } = options;
  // The first one's note comes last, and goes last.
  const shards = Array.from({ length: worldSize }, (_, index) => ({
    rank: worldSize - 1 - index,
    worldSize,
  }));
  const notes = shards.map((shard) => mergedFile(shard));
  const isJoined = await exists(join(directory, mergedFile({ rank: 0, worldSize })));
  if (!isJoined) {
    const manifests: Manifest[] = [];
    for (const shard of shards.toReversed()) manifests.push(await finished(directory, shard, signal));
    if (name !== null) await joinRows(directory, manifests, join(directory, name));
    check(countsOf(manifests));
    for (const shard of shards) {
      const manifest = join(directory, manifestFile(shard));
      if (await exists(manifest)) await rename(manifest, join(directory, mergedFile(shard)));
    }
  } else if (name !== null && !(await exists(join(directory, name)))) throw damaged(join(directory, name));
  for (const file of await readdir(directory))
    if (file !== name && !notes.includes(file) && worldSizeOf(file) === worldSize)
      await rm(join(directory, file), { force: true });
  if (isJoined) {
    const all = await countsOfAll(directory, worldSize);
    if (all !== undefined) check(all);
  }
  if (!keepsNotes) for (const note of notes) await rm(join(directory, note), { force: true });
}

async function joinRows(directory: string, manifests: readonly Manifest[], target: string): Promise<void> {
  const sources = manifests.flatMap(({ files }) => files.filter((file) => file.name.endsWith('.csv')));
  await pipeline(
    async function* () {
      for (const file of sources) yield* createReadStream(join(directory, file.name));
    },
    createWriteStream(partial(target), { flush: true }),
  );
  await rename(partial(target), target);
}

function countsOf(manifests: readonly Manifest[]): MergedCounts {
  const errorsByCode: Record<string, number> = {};
  for (const { counts } of manifests)
    for (const [code, count] of Object.entries(counts.errorsByCode))
      errorsByCode[code] = (errorsByCode[code] ?? 0) + count;
  const sum = (of: (counts: MergedCounts) => number): number =>
    manifests.reduce((total, { counts }) => total + of(counts), 0);
  return { rows: sum(({ rows }) => rows), errors: sum(({ errors }) => errors), errorsByCode };
}

/** The counts of all shards that write to a folder; undefined while one of them is not complete. */
export async function countsOfAll(directory: string, worldSize: number): Promise<MergedCounts | undefined> {
  const manifests: Manifest[] = [];
  for (let rank = 0; rank < worldSize; rank += 1) {
    const manifest = await readManifest(directory, { rank, worldSize });
    if (manifest === undefined) return undefined;
    manifests.push(manifest);
  }
  return countsOf(manifests);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function finished(directory: string, shard: Shard, signal: AbortSignal | undefined): Promise<Manifest> {
  for (;;) {
    const manifest = await readManifest(directory, shard);
    if (manifest !== undefined) return manifest;
    await sleep(pollMs, signal);
  }
}

/** Before the rows are joined or afterwards. */
async function readManifest(directory: string, shard: Shard): Promise<Manifest | undefined> {
  for (const name of [manifestFile(shard), mergedFile(shard)])
    try {
      const path = join(directory, name);
      return parseManifest(await readFile(path, 'utf8'), path) as Manifest;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  return undefined;
}
