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

/** The first shard's manifest when all shards' rows are joined, and what they were joined from may go. */
export const mergedFile = (shard: Shard): string => `.score-${shardLabel(shard)}.merged`;

/** What is not there yet under its own name: unfinished. */
export const partial = (name: string): string => `${name}.partial`;

/** The world size of the run that wrote a file of that name; undefined for a file that no run writes. */
export function worldSizeOf(name: string): number | undefined {
  if (/^predictions\.csv(?:\.partial)?$/.test(name)) return 1;
  const [, size] =
    /^(?:predictions|manifest|\.score)-\d{5}-of-(\d{5})(?:-\d{5})?\.[a-z]+(?:\.partial)?$/.exec(name) ?? [];
  return size === undefined ? undefined : Number(size);
}
