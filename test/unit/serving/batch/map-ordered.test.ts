import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapOrdered } from '../../../../src/serving/batch/map-ordered.ts';

async function* count(to: number): AsyncGenerator<number> {
  for (let index = 0; index < to; index += 1) yield await Promise.resolve(index);
}

describe('mapping a stream side by side', () => {
  it('keeps the order, and no more under way than the limit', async () => {
    let running = 0;
    let most = 0;
    const results: number[] = [];
    const work = async (item: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await delay((item * 7) % 5);
      running -= 1;
      return item * 2;
    };
    for await (const result of mapOrdered(count(30), work, { limit: 4 })) results.push(result);
    expect(results).toEqual(Array.from({ length: 30 }, (_, index) => index * 2));
    expect(most).toBe(4);
  });

  it('holds back what is too heavy together, but never everything', async () => {
    let held = 0;
    let most = 0;
    const work = (item: number): Promise<number> => {
      held += 10;
      most = Math.max(most, held);
      return Promise.resolve(item);
    };
    const options = { limit: 100, weigh: () => 10, maxWeight: 25 };
    for await (const _result of mapOrdered(count(20), work, options)) held -= 10;
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(40);
  });

  it('ends with the first failure in the order, and closes its source', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<number> {
      try {
        yield* count(10);
      } finally {
        closed = true;
      }
    }
    const results: number[] = [];
    const read = async (): Promise<void> => {
      for await (const result of mapOrdered(
        source(),
        (item) => (item === 3 ? Promise.reject(new Error('three')) : Promise.resolve(item)),
        { limit: 5 },
      ))
        results.push(result);
    };
    await expect(read()).rejects.toThrow('three');
    expect(results).toEqual([0, 1, 2]);
    expect(closed).toBe(true);
  });
});
