import type { InspectedPicture } from './inspect-pictures.ts';
import { stratify } from './stratify.ts';

export const splitNames = ['train', 'validation', 'test'] as const;

export type SplitName = (typeof splitNames)[number];

/** Shares of the pictures, each 0 or more. */
export type SplitShares = Readonly<Record<SplitName, number>>;

export interface Duplicates {
  readonly files: readonly string[];
  /** Copies that somebody labelled differently. */
  readonly labelsDiffer: boolean;
}

export interface Assignment {
  /** One for each picture, in their order. */
  readonly splits: readonly SplitName[];
  /** Pictures of the same content, which are in one split together. */
  readonly duplicates: readonly Duplicates[];
}

export function assignSplits(
  pictures: readonly InspectedPicture[],
  shares: SplitShares,
  seed: number,
): Assignment {
  const groups = new Map<string, number[]>();
  for (const [index, { pixels }] of pictures.entries()) {
    const members = groups.get(pixels);
    if (members === undefined) groups.set(pixels, [index]);
    else members.push(index);
  }
  const all = [...groups.values()];
  const total = splitNames.reduce((sum, name) => sum + shares[name], 0);
  const placed = stratify({
    groups: all.map((members) => ({
      size: members.length,
      labels: [...new Set(members.flatMap((index) => pictures[index]!.labels))].sort(),
    })),
    shares: splitNames.map((name) => shares[name] / total),
    seed,
  });
  const splits: SplitName[] = Array.from({ length: pictures.length }, () => 'train');
  for (const [group, members] of all.entries())
    for (const index of members) splits[index] = splitNames[placed[group]!] ?? 'train';
  const duplicates = all
    .filter((members) => members.length > 1)
    .map((members) => ({
      files: members.map((index) => pictures[index]!.name),
      labelsDiffer:
        new Set(members.map((index) => JSON.stringify([...pictures[index]!.labels].sort()))).size > 1,
    }));
  return { splits, duplicates };
}
