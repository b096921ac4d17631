import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestClasses } from '../../../../src/serving/batch/row-formats.ts';

describe('the best classes of a row', () => {
  it('are those that sorting would give, equal ones in the order of the labels', () => {
    const probs = fc.array(fc.constantFrom(0, 0.125, 0.25, 0.5, 0.75, 1), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(probs, fc.integer({ min: 1, max: 40 }), (scores, k) => {
        const labels = scores.map((_, index) => `class ${index}`);
        const sorted = scores
          .map((score, index) => ({ label: labels[index] ?? '', score }))
          .sort((a, b) => b.score - a.score)
          .slice(0, k);
        expect(bestClasses(scores, labels, k)).toEqual(sorted);
      }),
    );
  });
});
