import { AmlDeitError } from '../../errors/index.ts';
import type { RowFormat } from './row-formats.ts';
import type { Shard } from './shard.ts';

/** Names of what a shard writes; all shards of a run may share a folder. */

const five = (value: number): string => String(value).padStart(5, '0');

export const shardLabel = ({ rank, worldSize }: Shard): string => `${five(rank)}-of-${five(worldSize)}`;

export function partFile(shard: Shard, format: RowFormat, part: number): string {
  if (format.name === 'azureml')
    return shard.worldSize === 1 ? 'predictions.csv' : `predictions-${shardLabel(shard)}.csv`;
  return `predictions-${shardLabel(shard)}-${five(part)}.${format.extension}`;
}

export const manifestFile = (shard: Shard): string => `manifest-${shardLabel(shard)}.json`;
export const journalFile = (shard: Shard): string => `.score-${shardLabel(shard)}.journal`;

/** Paths that a shard has seen, for as long as its process scores. */
export const pathsFile = (shard: Shard): string => `.score-${shardLabel(shard)}.paths`;

/** A shard's manifest when the rows of all are joined; when there is the first one's, what they were joined from may go. */
export const mergedFile = (shard: Shard): string => `.score-${shardLabel(shard)}.merged`;

/** What is not there yet under its own name: unfinished. */
export const partial = (name: string): string => `${name}.partial`;

/** Parses what a run wrote of itself. Throws OUTPUT_EXISTS for what is no JSON object: it was changed since. */
export function parseOwn(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below.
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw damaged(path);
}

/** A manifest, as far as whoever starts again relies on it. Throws OUTPUT_EXISTS. */
export function parseManifest(text: string, path: string): object {
  const manifest = parseOwn(text, path);
  const { counts, files } = manifest;
  const hasCounts = counts !== null && typeof counts === 'object' && 'rows' in counts && 'errors' in counts;
  if (!hasCounts || !Array.isArray(files)) throw damaged(path);
  return manifest;
}

export function damaged(path: string): AmlDeitError {
  return new AmlDeitError('OUTPUT_EXISTS', `${path} is not as score wrote it: it is damaged or was changed`, {
    hint: 'choose another folder, or empty this one and score again',
  });
}

/** Whether it is a file that this shard writes: rows, finished or not, manifest and journal. */
export const isOfShard = (name: string, shard: Shard): boolean =>
  worldSizeOf(name) === shard.worldSize &&
  (name.includes(shardLabel(shard)) || name.startsWith('predictions.csv'));

/** The world size of the run that wrote a file of that name; undefined for a file that no run writes. */
export function worldSizeOf(name: string): number | undefined {
  if (/^predictions\.csv(?:\.partial)?$/.test(name)) return 1;
  const [, size] =
    /^(?:predictions|manifest|\.score)-\d{5}-of-(\d{5})(?:-\d{5})?\.[a-z]+(?:\.partial)?$/.exec(name) ?? [];
  return size === undefined ? undefined : Number(size);
}
