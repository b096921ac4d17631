import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeTraffic,
  moveTraffic,
  normalizeTraffic,
  sameTraffic,
  trafficOf,
} from '../../../src/rollout/index.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/);
/** Weights that sum to 100, as the service keeps them. */
const fullTraffic = fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).chain((names) =>
  fc
    .array(fc.integer({ min: 1, max: 50 }), { minLength: names.length, maxLength: names.length })
    .map((weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const scaled = weights.map((weight) => Math.floor((weight * 100) / total));
      scaled[0] = (scaled[0] ?? 0) + 100 - scaled.reduce((sum, weight) => sum + weight, 0);
      return Object.fromEntries(names.map((key, index) => [key, scaled[index] ?? 0]));
    }),
);

const sum = (traffic: Readonly<Record<string, number>>): number =>
  Object.values(traffic).reduce((total, percent) => total + percent, 0);

describe('moveTraffic', () => {
  it('always sums to 100 in whole, positive numbers', () => {
    fc.assert(
      fc.property(fullTraffic, name, fc.integer({ min: 0, max: 100 }), (traffic, target, percent) => {
        const moved = moveTraffic(traffic, target, percent);
        expect(sum(moved)).toBe(100);
        for (const value of Object.values(moved)) {
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('gives the target what was asked where others can take the rest', () => {
    fc.assert(
      fc.property(fullTraffic, fc.integer({ min: 0, max: 100 }), (traffic, percent) => {
        expect(trafficOf(moveTraffic(traffic, 'newcomer-x', percent), 'newcomer-x')).toBe(percent);
      }),
    );
  });

  it('keeps the proportions of the others', () => {
    expect(moveTraffic({ blue: 75, green: 25 }, 'red', 20)).toEqual({ blue: 60, green: 20, red: 20 });
  });

  it('gives everything to the first deployment', () => {
    expect(moveTraffic({}, 'blue', 10)).toEqual({ blue: 100 });
  });

  it.each([-1, 101, 0.5, Number.NaN])('refuses %s percent', (percent) => {
    expect(() => moveTraffic({ blue: 100 }, 'green', percent)).toThrow(RangeError);
  });
});

describe('traffic', () => {
  it('is compared without case and without zeros', () => {
    expect(sameTraffic({ Blue: 100, green: 0 }, { blue: 100 })).toBe(true);
    expect(sameTraffic({ blue: 99, green: 1 }, { blue: 100 })).toBe(false);
    expect(normalizeTraffic({ B: 60, a: 40, c: 0 })).toEqual({ a: 40, b: 60 });
  });

  it('is described for people', () => {
    expect(describeTraffic({ blue: 90, green: 10 })).toBe('blue 90 %, green 10 %');
    expect(describeTraffic({ blue: 0 })).toBe('nobody');
  });
});
