import { describe, expect, test } from 'vitest';
import { createRandom, permutation } from '../../../src/training/random.ts';

describe('createRandom', () => {
  test('the same seed gives the same numbers, another part of the seed gives others', () => {
    const first = createRandom(7, 'train', 'can', 3);
    const again = createRandom(7, 'train', 'can', 3);
    const other = createRandom(7, 'train', 'can', 4);
    const take = (random: { next(): number }): number[] => Array.from({ length: 8 }, () => random.next());
    const numbers = take(first);
    expect(take(again)).toEqual(numbers);
    expect(take(other)).not.toEqual(numbers);
  });

  test('stays what it is: checkpoints and pictures are made from these very numbers', () => {
    const random = createRandom(0);
    expect([random.next(), random.next(), random.normal()]).toMatchInlineSnapshot(`
      [
        0.18155227741226554,
        0.2802554329391569,
        -0.6550659588753509,
      ]
    `);
  });

  test('uniform and normal numbers have their moments', () => {
    const random = createRandom(1, 'moments');
    const uniform = Array.from({ length: 40_000 }, () => random.next());
    const normal = Array.from({ length: 40_000 }, () => random.normal());
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    expect(mean(uniform.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(mean(normal))).toBeLessThan(0.02);
    expect(mean(normal.map((value) => value ** 2))).toBeCloseTo(1, 1);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
  });

  test('a permutation has every index once', () => {
    const order = permutation(100, createRandom(3));
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });
});
