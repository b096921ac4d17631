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
});
