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

  it('lets go at once of what waits and is wanted no more', async () => {
    const limited = limitConcurrency(1);
    let end = (): void => undefined;
    const first = limited(() => new Promise<void>((resolve) => (end = resolve)));
    const gone = new AbortController();
    const ran: string[] = [];
    const task =
      (name: string): (() => Promise<number>) =>
      () =>
        Promise.resolve(ran.push(name));
    const waiting = limited(task('gone'), gone.signal);
    const next = limited(task('next'), new AbortController().signal);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(limited(task('late'), gone.signal)).rejects.toThrow('gone');
    end();
    await Promise.all([first, next]);
    expect(ran).toEqual(['next']);
  });
});
