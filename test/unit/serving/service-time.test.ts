import { describe, expect, it } from 'vitest';
import { createServiceTime } from '../../../src/serving/service-time.ts';

const line = (perImage: number, perBatch: number) =>
  [1, 2, 4, 8].map((images) => ({ images, ms: perImage * images + perBatch }));

describe('service time', () => {
  it('predicts what it was told, and learns what has changed', () => {
    const time = createServiceTime(line(10, 5));
    expect(time.of(3)).toBeCloseTo(35);
    for (let batch = 0; batch < 60; batch += 1)
      time.record({ images: 1 + (batch % 4), ms: 30 + (batch % 4) * 20 });
    expect(time.of(4)).toBeGreaterThan(70);
    expect(time.of(4)).toBeLessThan(95);
  });

  it('chooses the smallest batch that loses nothing', () => {
    expect(createServiceTime(line(100, 0)).bestBatch(8)).toBe(1);
    expect(createServiceTime(line(100, 3)).bestBatch(8)).toBe(1);
    expect(createServiceTime(line(100, 10)).bestBatch(8)).toBe(2);
    expect(createServiceTime(line(1, 50)).bestBatch(8)).toBe(8);
    expect(createServiceTime(line(1, 50)).bestBatch(4)).toBe(4);
  });

  it('stays sensible when measurements are not', () => {
    const falling = createServiceTime([
      { images: 1, ms: 100 },
      { images: 8, ms: 50 },
    ]);
    expect(falling.of(8)).toBeGreaterThan(falling.of(1));
    expect(falling.of(1)).toBeGreaterThan(0);
    expect(createServiceTime([{ images: 1, ms: 40 }]).of(2)).toBeCloseTo(80);
    expect(createServiceTime([]).of(4)).toBe(0);
  });
});
