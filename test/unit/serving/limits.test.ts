import { describe, expect, it } from 'vitest';
import { createBodyBudget } from '../../../src/serving/body-budget.ts';

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
