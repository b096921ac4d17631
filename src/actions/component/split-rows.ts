import type { LabelledPicture } from './read-mltable.ts';

/** Holds back a share of the rows of every label (a row counts for its first one), by chance of the seed. */
export async function splitRows(
  rows: readonly LabelledPicture[],
  share: number,
  seed: number,
): Promise<{
  readonly training: readonly LabelledPicture[];
  readonly validation: readonly LabelledPicture[];
}> {
  const { createRandom, permutation } = await import('../../training/index.ts');
  const order = [...permutation(rows.length, createRandom(seed, 'held-back rows'))];
  const strata = Map.groupBy(order, (index) => rows[index]?.labels[0] ?? '');
  const held = new Set([...strata.values()].flatMap((ids) => ids.slice(0, Math.floor(ids.length * share))));
  // A few rows of everything: somebody must be asked.
  if (held.size === 0 && rows.length > 1) held.add(order[0] ?? 0);
  return {
    training: rows.filter((_, index) => !held.has(index)),
    validation: rows.filter((_, index) => held.has(index)),
  };
}
