import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemErrorCode } from '../../errors/index.ts';
import { sleep } from '../../io/index.ts';
import { manifestFile, partial } from './output-files.ts';
import type { OutputFile } from './shard-output.ts';

const pollMs = 200;

export interface MergedCounts {
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
 * under one name, and removes everything else. What a batch deployment's own driver does at the end of a job.
 */
export async function mergeShards(options: {
  readonly directory: string;
  readonly worldSize: number;
  /** null: the rows are not kept. */
  readonly name: string | null;
  readonly signal?: AbortSignal | undefined;
}): Promise<MergedCounts> {
  const { directory, worldSize, name, signal } = options;
  const manifests: Manifest[] = [];
  for (let rank = 0; rank < worldSize; rank += 1)
    manifests.push(await finished(join(directory, manifestFile({ rank, worldSize })), signal));
  if (name !== null) {
    const target = join(directory, name);
    const sources = manifests.flatMap(({ files }) => files.filter((file) => file.name.endsWith('.csv')));
    await pipeline(
      async function* () {
        for (const file of sources) yield* createReadStream(join(directory, file.name));
      },
      createWriteStream(partial(target), { flush: true }),
    );
    for (const { name: own } of manifests.flatMap(({ files }) => files)) await rm(join(directory, own));
    await rename(partial(target), target);
  } else for (const { name: own } of manifests.flatMap(({ files }) => files)) await rm(join(directory, own));
  for (let rank = 0; rank < worldSize; rank += 1)
    await rm(join(directory, manifestFile({ rank, worldSize })));
  const errorsByCode: Record<string, number> = {};
  for (const { counts } of manifests)
    for (const [code, count] of Object.entries(counts.errorsByCode))
      errorsByCode[code] = (errorsByCode[code] ?? 0) + count;
  const sum = (of: (counts: MergedCounts) => number): number =>
    manifests.reduce((total, { counts }) => total + of(counts), 0);
  return { rows: sum(({ rows }) => rows), errors: sum(({ errors }) => errors), errorsByCode };
}

async function finished(path: string, signal: AbortSignal | undefined): Promise<Manifest> {
  for (;;) {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as Manifest;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
    await sleep(pollMs, signal);
  }
}
