import { describe, expect, it } from 'vitest';
import { createBodyBudget } from '../../../src/serving/body-budget.ts';

describe('body budget', () => {
  it('takes what fits together', () => {
    const budget = createBodyBudget(10);
    const [first, second] = [budget.open(), budget.open()];
    expect([first.take(6), second.take(5), second.take(4), second.take(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    first.close();
    first.close();
    expect([budget.held, first.take(1), second.take(6), budget.held]).toEqual([4, false, true, 10]);
  });

  it('lets wait for bodies that are being scored, who came first is first; not for those that still arrive', async () => {
    const budget = createBodyBudget(10);
    const [scored, early, late] = [budget.open(), budget.open(), budget.open()];
    scored.take(10);
    expect(await early.waitForRoom()).toBe(false);
    scored.complete();
    const woken: string[] = [];
    const waits = [
      early.waitForRoom().then(() => woken.push('early')),
      late.waitForRoom().then(() => woken.push('late')),
    ];
    scored.close();
    await waits[0];
    expect(woken).toEqual(['early']);
    expect(early.take(10)).toBe(true);
    early.complete();
    await waits[1];
    expect([late.take(1), await late.waitForRoom().then(() => late.take(1))]).toEqual([false, false]);
    early.close();
    expect(late.take(1)).toBe(true);
  });

  it('gives up a body that comes slowly where another needs its memory, and none that is whole', () => {
    let ms = 0;
    const budget = createBodyBudget(2 ** 20, () => ms);
    const [slow, whole, quick] = [budget.open(), budget.open(), budget.open()];
    slow.take(2 ** 19);
    whole.take(2 ** 17);
    whole.complete();
    ms = 4000;
    expect(quick.take(2 ** 19)).toBe(false);
    ms = 6000;
    expect(quick.take(2 ** 18)).toBe(true);
    expect([slow.gaveUp.aborted, budget.held]).toEqual([false, 2 ** 19 + 2 ** 18 + 2 ** 17]);
    expect(quick.take(2 ** 18)).toBe(true);
    expect([slow.gaveUp.aborted, budget.held]).toEqual([true, 2 ** 19 + 2 ** 17]);
    slow.complete();
    // The one has just come on by a step, the other is whole.
    expect(budget.open().take(2 ** 19)).toBe(false);
    expect([quick.gaveUp.aborted, whole.gaveUp.aborted]).toEqual([false, false]);
  });
});
