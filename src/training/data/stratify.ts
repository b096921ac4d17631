import { createRandom, permutation } from '../random.ts';

export interface StratifyOptions {
  /** Pictures that stay together (same content), each with all the labels of its pictures. */
  readonly groups: readonly { readonly size: number; readonly labels: readonly string[] }[];
  /** Shares of the splits, which sum to 1. */
  readonly shares: readonly number[];
  readonly seed: number;
}

/**
 * The split of each group, by iterative stratification (Sechidis, Tsoumakas and Vlahavas, 2011): the rarest label that
 * is left is dealt out first, each of its groups to the split that lacks the label most. With one label a picture it is
 * a stratified split. The same groups in the same order and the same seed give the same splits.
 */
export function stratify({ groups, shares, seed }: StratifyOptions): number[] {
  const splits = groups.map(() => -1);
  const total = groups.reduce((sum, { size }) => sum + size, 0);
  const wanted = shares.map((share) => share * total);
  const members = new Map<string, number[]>();
  const order = permutation(groups.length, createRandom(seed, 'split'));
  for (const group of order) {
    for (const label of groups[group]!.labels) {
      const of = members.get(label);
      if (of === undefined) members.set(label, [group]);
      else of.push(group);
    }
  }
  const left = new Map<string, number>();
  const wantedOf = new Map<string, number[]>();
  for (const [label, of] of members) {
    left.set(label, of.length);
    const size = of.reduce((sum, group) => sum + groups[group]!.size, 0);
    wantedOf.set(
      label,
      shares.map((share) => share * size),
    );
  }
  const place = (group: number, split: number): void => {
    splits[group] = split;
    const { size, labels } = groups[group]!;
    wanted[split]! -= size;
    for (const label of labels) {
      wantedOf.get(label)![split]! -= size;
      left.set(label, left.get(label)! - 1);
    }
  };
  for (let label = rarest(left); label !== undefined; label = rarest(left)) {
    for (const group of members.get(label)!) {
      if (splits[group] === -1) place(group, neediest(wantedOf.get(label)!, wanted, shares));
    }
    left.delete(label);
  }
  // Pictures without a label.
  for (const group of order) if (splits[group] === -1) place(group, neediest(wanted, wanted, shares));
  return splits;
}

/** The label with the fewest groups that are not placed; of several the first by name. */
function rarest(left: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const [label, count] of left) {
    if (count < fewest || (count === fewest && best !== undefined && label < best))
      [best, fewest] = [label, count];
  }
  return best;
}

/** Who lacks most of the label; of several who lacks most altogether; then the first. A share of 0 gets nothing. */
function neediest(label: readonly number[], all: readonly number[], shares: readonly number[]): number {
  let best = -1;
  for (const [split, share] of shares.entries()) {
    if (share === 0) continue;
    const closer = best === -1 ? 1 : label[split]! - label[best]!;
    // Sums of shares are not exact: what differs by less than this is a tie.
    if (closer > 1e-9 || (Math.abs(closer) <= 1e-9 && all[split]! > all[best]! + 1e-9)) best = split;
  }
  return best;
}
