import { describe, expect, it } from 'vitest';
import { createBodyBudget } from '../../../src/serving/body-budget.ts';
import { limitConcurrency } from '../../../src/serving/limit-concurrency.ts';

describe('limitConcurrency', () => {
  it('runs no more than the limit together, in order, and survives failures', async () => {
    const limited = limitConcurrency(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 9 }, (_, index) =>
        limited(async () => {
          running += 1;
          most = Math.max(most, running);
          order.push(index);
          await new Promise(setImmediate);
          running -= 1;
          if (index % 3 === 1) throw new Error('no');
          return index;
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3);
    expect(running).toBe(0);
  });
});

describe('body budget', () => {
  it('takes what fits together', () => {
    const budget = createBodyBudget(10);
    expect([budget.take(6), budget.take(5), budget.take(4), budget.take(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    budget.give(6);
    expect(budget.take(6)).toBe(true);
  });
});
