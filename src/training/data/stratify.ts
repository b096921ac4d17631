import { createRandom, permutation } from '../random.ts';

export interface StratifyOptions {
  /** Pictures that stay together (same content), each with all the labels of its pictures. */
  readonly groups: readonly { readonly size: number; readonly labels: readonly string[] }[];
  /** Shares of the splits, which sum to 1. The first one is what is learned from. */
  readonly shares: readonly number[];
  readonly seed: number;
}

/**
 * The split of each group, after iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011): the rarest label
 * that is left is dealt out first. Each group goes to the split that is furthest behind: by its share of what was dealt
 * out so far, of each of the group's labels and altogether. With the label alone, what rounding leaves over of few
 * pictures a label would always go to the same splits. The first group of each label goes to the first split, because
 * what was never learned cannot be recognised.
 *
 * The splits have their shares exactly, to the whole picture, unless more labels than the first split's share have one
 * group only, or groups of several pictures do not fit. The same groups in the same order and the same seed give the
 * same splits.
 */
export function stratify({ groups, shares, seed }: StratifyOptions): number[] {
  const splits = groups.map(() => -1);
  const order = permutation(groups.length, createRandom(seed, 'split'));
  const names = [...new Set(groups.flatMap(({ labels }) => labels))].sort();
  const ids = new Map(names.map((name, id) => [name, id]));
  const labelsOf = groups.map(({ labels }) => labels.map((name) => ids.get(name)!));
  const members: number[][] = names.map(() => []);
  for (const group of order) for (const label of labelsOf[group]!) members[label]!.push(group);
  const left = members.map((of) => of.length);
  const isLearned = names.map(() => false);
  // How many pictures fewer than its share of those dealt out so far a split has; and how many it may still get.
  const lagOf = names.map(() => shares.map(() => 0));
  const lag = shares.map(() => 0);
  const room = wholeShares(
    groups.reduce((sum, { size }) => sum + size, 0),
    shares,
  );
  const place = (group: number, split: number): void => {
    splits[group] = split;
    const { size } = groups[group]!;
    room[split]! -= size;
    const count = (lags: number[]): void => {
      for (const [index, share] of shares.entries())
        lags[index]! += share * size - (index === split ? size : 0);
    };
    count(lag);
    for (const label of labelsOf[group]!) {
      count(lagOf[label]!);
      left[label]! -= 1;
      if (split === 0) isLearned[label] = true;
    }
  };
  const choose = (group: number): number => {
    const labels = labelsOf[group]!;
    if (shares[0]! > 0 && labels.some((label) => !isLearned[label])) return 0;
    const { size } = groups[group]!;
    const open = [...shares.keys()].filter((split) => shares[split]! > 0);
    const roomy = open.filter((split) => room[split]! >= size);
    if (roomy.length === 0) return highest(open, (split) => room[split]!);
    return highest(roomy, (split) => labels.reduce((sum, label) => sum + lagOf[label]![split]!, lag[split]!));
  };
  for (let label = rarest(left); label !== -1; label = rarest(left)) {
    for (const group of members[label]!) if (splits[group] === -1) place(group, choose(group));
    left[label] = 0;
  }
  // Pictures without a label.
  for (const group of order) if (splits[group] === -1) place(group, choose(group));
  return splits;
}

/** Whole numbers that sum to the total and are within one of their shares: the largest fractions are rounded up. */
function wholeShares(total: number, shares: readonly number[]): number[] {
  // Sums of shares are not exact: 0.1 × 30 is to be 3.
  const exact = shares.map((share) => Number((share * total).toFixed(6)));
  const whole = exact.map(Math.floor);
  const missing = total - whole.reduce((sum, count) => sum + count, 0);
  const byFraction = [...shares.keys()].sort((a, b) => exact[b]! - whole[b]! - (exact[a]! - whole[a]!));
  for (const split of byFraction.slice(0, missing)) whole[split]! += 1;
  return whole;
}

/** The label with the fewest groups that are not placed; of several the first by name; -1 when all are. */
function rarest(left: readonly number[]): number {
  let best = -1;
  let fewest = Infinity;
  for (let label = 0; label < left.length; label += 1) {
    const count = left[label]!;
    if (count === 0 || count >= fewest) continue;
    best = label;
    fewest = count;
  }
  return best;
}

/** Which split has most; of several, as of sums that rounding tells apart, the first. */
function highest(splits: readonly number[], value: (split: number) => number): number {
  return splits.reduce((best, split) => (value(split) > value(best) + 1e-9 ? split : best));
}
