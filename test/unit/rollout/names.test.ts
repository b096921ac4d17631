import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assetName,
  formatIsoDuration,
  nameFault,
  parseIsoDuration,
  revisionName,
} from '../../../src/rollout/index.ts';

const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const goodName = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9]{2,31}$/);

describe('nameFault', () => {
  it.each(['deit', 'abc', 'a-1', 'A'.repeat(32)])('accepts %s', (name) => {
    expect(nameFault(name)).toBeUndefined();
  });
  it.each([
    ['ab', 'has 2 characters'],
    ['a'.repeat(33), 'has 33 characters'],
    ['1abc', 'begin with a letter'],
    ['abc-', 'end with a letter'],
    ['a_bc', 'only letters, digits and dashes'],
    ['a--b', 'two dashes'],
  ])('refuses %s', (name, fault) => {
    expect(nameFault(name)).toContain(fault);
  });
});

describe('revisionName', () => {
  it('is a good name that is not taken, whatever is there', () => {
    fc.assert(
      fc.property(
        fc.option(goodName, { nil: undefined }),
        hash,
        fc.integer({ min: 0, max: 12 }),
        (baseName, specHash, depth) => {
          const taken: string[] = [];
          for (let count = 0; count < depth; count += 1) {
            const name = revisionName({ baseName, specHash, taken });
            expect(nameFault(name)).toBeUndefined();
            expect(taken).not.toContain(name);
            taken.push(name.toUpperCase(), name);
          }
        },
      ),
    );
  });

  it('is the same for the same specification', () => {
    const specHash = '1f3a9c2e'.repeat(8);
    expect(revisionName({ specHash, taken: ['blue'] })).toBe('r1f3a9c2e');
  });
});

describe('assetName', () => {
  it.each([
    ['facebook/deit-base-patch16-224', 'facebook-deit-base-patch16-224'],
    ['  über  ', 'ber'],
    ['///', 'model'],
  ])('makes %s into %s', (text, name) => {
    expect(assetName(text)).toBe(name);
  });
});

describe('ISO 8601 durations', () => {
  it('survive formatting and parsing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (ms) => {
        expect(parseIsoDuration(formatIsoDuration(ms))).toBe(ms);
      }),
    );
  });
  it.each([
    ['PT1M30S', 90_000],
    ['PT0.5S', 500],
    ['PT5S', 5_000],
    ['P1DT2H', 93_600_000],
    ['PT', undefined],
    ['5s', undefined],
  ])('reads %s', (text, ms) => {
    expect(parseIsoDuration(text)).toBe(ms);
  });
});
