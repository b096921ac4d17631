import { describe, expect, it } from 'vitest';
import { createPreparationTime } from '../../../src/serving/preparation-time.ts';

describe('preparation time', () => {
  it('is nothing before the first picture, and then what most of the last ones took', () => {
    const time = createPreparationTime(2);
    expect(time.perImage()).toBe(0);
    for (const ms of [10, 60_000, 10]) time.record(ms);
    expect(time.perImage()).toBe(5);
    for (let picture = 0; picture < 21; picture += 1) time.record(400);
    expect(time.perImage()).toBe(200);
  });
});
