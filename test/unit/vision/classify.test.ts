import { describe, expect, it } from 'vitest';
import { classify, probabilities } from '../../../src/vision/index.ts';

describe('classify', () => {
  it('is a softmax that large logits do not overflow', () => {
    const probs = probabilities(Float32Array.of(1000, 1000, 990), 'multiclass');
    expect(probs[0]).toBeCloseTo(0.49998865, 6);
    expect(probs.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it('is a sigmoid each for multilabel', () => {
    expect(probabilities(Float32Array.of(0, 200, -200), 'multilabel')).toEqual([
      0.5,
      1,
      expect.closeTo(0, 12),
    ]);
  });

  it('answers every label in order for each row', () => {
    const rows = classify(Float32Array.of(5, 0, 0, 5), { task: 'multiclass', labels: ['can', 'carton'] });
    expect(rows).toHaveLength(2);
    expect(rows[0]?.labels).toEqual(['can', 'carton']);
    expect(rows[0]?.probs[0]).toBe(rows[1]?.probs[1]);
  });
});
