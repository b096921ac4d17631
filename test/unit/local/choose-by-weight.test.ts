import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseMirror } from '../../../src/local/dataplane/mirror.ts';
import { chooseByWeight } from '../../../src/local/dataplane/choose-deployment.ts';

describe('choosing a deployment by weight', () => {
  it.each([
    [{ blue: 100 }, 0, 'blue'],
    [{ blue: 100 }, 0.999, 'blue'],
    [{ blue: 90, green: 10 }, 0.899, 'blue'],
    [{ blue: 90, green: 10 }, 0.9, 'green'],
    [{ blue: 0, green: 100 }, 0, 'green'],
    [{ blue: 0 }, 0.5, undefined],
    [{}, 0.5, undefined],
  ])('%j at %d is %s', (traffic, draw, expected) => {
    expect(chooseByWeight(traffic, draw)).toBe(expected);
  });

  it('never chooses a deployment without traffic', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.integer({ min: 0, max: 100 })),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (traffic, draw) => {
          const chosen = chooseByWeight(traffic, draw);
          const chosenWeight = chosen === undefined ? 0 : (traffic[chosen] ?? 0);
          expect(chosenWeight > 0).toBe(Object.values(traffic).some((weight) => weight > 0));
        },
      ),
    );
  });
});

describe('choosing what gets a copy', () => {
  it.each([
    [{ green: 50 }, 0.499, 'green'],
    [{ green: 50 }, 0.5, undefined],
    [{ green: 0 }, 0, undefined],
    [{}, 0, undefined],
  ])('%j at %d is %s', (mirror, draw, expected) => {
    expect(chooseMirror(mirror, draw)).toBe(expected);
  });
});
