import { describe, expect, it } from 'vitest';
import { scoreResponseWriter } from '../../../src/serving/score-response.ts';

describe('score response', () => {
  it("is the card's: probabilities and labels of each picture, in order", () => {
    const write = scoreResponseWriter(['can', 'milk "bottle"']);
    const text = write([
      [0.75, 0.25],
      [1 / 3, 1.5e-12],
    ]);
    expect(JSON.parse(text)).toEqual([
      { probs: [0.75, 0.25], labels: ['can', 'milk "bottle"'] },
      { probs: [0.333333333, 1.5e-12], labels: ['can', 'milk "bottle"'] },
    ]);
  });
});
