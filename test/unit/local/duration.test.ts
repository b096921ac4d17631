import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from '../../../src/local/http/duration.ts';

describe('ISO 8601 durations', () => {
  it.each([
    ['PT5S', 5000],
    ['PT1M30S', 90_000],
    ['PT0.5S', 500],
    ['PT0S', 0],
    ['PT2H', 7_200_000],
    ['P1D', 86_400_000],
    ['P1DT1S', 86_401_000],
  ])('%s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', '5', '5S', 'PT5', 'PT5s', 'PTS', 'P1Y', 'PT-5S', 'PT5S ', 'PT1S1M'])(
    'refuses "%s"',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
    },
  );

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});
