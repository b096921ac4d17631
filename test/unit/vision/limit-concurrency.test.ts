import { describe, expect, it } from 'vitest';
import { limitConcurrency } from '../../../src/vision/limit-concurrency.ts';

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
