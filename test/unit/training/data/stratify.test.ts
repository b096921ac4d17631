import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratify } from '../../../../src/training/data/stratify.ts';

const shares = [0.7, 0.15, 0.15];
const single = (label: string, count: number) =>
  Array.from({ length: count }, () => ({ size: 1, labels: [label] }));

function countsOf(splits: readonly number[], from: number, count: number): number[] {
  return shares.map((_, split) => splits.slice(from, from + count).filter((own) => own === split).length);
}

describe('stratified splits', () => {
  it('give each split its share of each label', () => {
    const groups = [...single('can', 100), ...single('carton', 20), ...single('jar', 40)];
    const splits = stratify({ groups, shares, seed: 1 });
    expect([countsOf(splits, 0, 100), countsOf(splits, 100, 20), countsOf(splits, 120, 40)]).toEqual([
      [70, 15, 15],
      [14, 3, 3],
      [28, 6, 6],
    ]);
  });

  it('keep the only picture of a label for training', () => {
    const groups = Array.from({ length: 300 }, (_, index) => ({ size: 1, labels: [`label ${index}`] }));
    expect(new Set(stratify({ groups, shares, seed: 1 }))).toEqual(new Set([0]));
    // Labels with more make up for it: the whole keeps its shares.
    const more = [...groups, ...single('can', 700)];
    expect(countsOf(stratify({ groups: more, shares, seed: 1 }), 0, 1000)).toEqual([700, 150, 150]);
  });

  it.each([
    [2, [14_000, 3000, 3000]],
    [3, [21_000, 4500, 4500]],
    [5, [35_000, 7500, 7500]],
  ])('keep the shares of the whole with %i pictures of each of 10,000 labels', (pictures, expected) => {
    const labels = 10_000;
    const groups = Array.from({ length: labels * pictures }, (_, index) => ({
      size: 1,
      labels: [`label ${index % labels}`],
    }));
    const splits = stratify({ groups, shares, seed: 1 });
    expect(countsOf(splits, 0, groups.length)).toEqual(expected);
    const own = Array.from({ length: labels }, () => shares.map(() => 0));
    for (const [index, split] of splits.entries()) own[index % labels]![split]! += 1;
    // All of them can be learned, and as many as possible are measured somewhere.
    expect(own.every(([train]) => train! > 0)).toBe(true);
    const measured = own.filter(([, validation, test]) => validation! + test! > 0).length;
    expect(measured).toBeGreaterThanOrEqual(Math.min(labels, pictures * labels * 0.3) * 0.95);
    const off = own.map((counts) => Math.max(...counts.map((count, at) => count - shares[at]! * pictures)));
    expect(Math.max(...off)).toBeLessThanOrEqual(1.5);
  });

  it('give whole numbers of pictures that are nearest to the shares', () => {
    for (const [total, expected] of [
      [7, [5, 1, 1]],
      [10, [7, 2, 1]],
      [134, [94, 20, 20]],
    ] as const)
      expect(countsOf(stratify({ groups: single('can', total), shares, seed: 1 }), 0, total)).toEqual(
        expected,
      );
    // Too few for every split to have the label.
    expect(countsOf(stratify({ groups: single('can', 2), shares, seed: 1 }), 0, 2)[0]).toBeGreaterThan(0);
  });

  it('are the same for the same seed, and others for another', () => {
    const groups = [...single('can', 60), ...single('carton', 60)];
    expect(stratify({ groups, shares, seed: 7 })).toEqual(stratify({ groups, shares, seed: 7 }));
    expect(stratify({ groups, shares, seed: 7 })).not.toEqual(stratify({ groups, shares, seed: 8 }));
  });

  it('balance labels that come together', () => {
    const groups = Array.from({ length: 200 }, (_, index) => ({
      size: 1,
      labels: ['a', 'b', 'c', 'd'].filter((_, label) => (index * 7 + label * label * 3) % (label + 2) === 0),
    }));
    const splits = stratify({ groups, shares, seed: 3 });
    for (const label of ['a', 'b', 'c', 'd']) {
      const total = groups.filter(({ labels }) => labels.includes(label)).length;
      for (const [split, share] of shares.entries()) {
        const own = groups.filter(
          ({ labels }, index) => labels.includes(label) && splits[index] === split,
        ).length;
        expect(Math.abs(own - share * total)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  it('place every group once, in a split that has a share', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            size: fc.integer({ min: 1, max: 4 }),
            labels: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '')),
          }),
          { maxLength: 40 },
        ),
        fc.integer({ min: 0, max: 99 }),
        (groups, seed) => {
          const splits = stratify({ groups, shares: [0.8, 0, 0.2], seed });
          expect(splits).toHaveLength(groups.length);
          expect(splits.every((split) => split === 0 || split === 2)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
