import { describe, expect, it } from 'vitest';
import { checkErrorThreshold, parseErrorThreshold } from '../../../../src/serving/batch/error-threshold.ts';

const state = (rows: number, errors: number) => ({ rows, errors, errorsByCode: { IMAGE_INVALID: errors } });

describe('the error threshold', () => {
  it.each([
    ['-1', { kind: 'none' }],
    ['0', { kind: 'count', count: 0 }],
    ['12', { kind: 'count', count: 12 }],
    ['5%', { kind: 'fraction', fraction: 0.05 }],
    ['0.05', { kind: 'fraction', fraction: 0.05 }],
    ['.5', { kind: 'fraction', fraction: 0.5 }],
    ['1.0', { kind: 'fraction', fraction: 1 }],
  ])('reads %s', (text, expected) => {
    expect(parseErrorThreshold(text)).toEqual(expected);
  });

  it.each(['', 'x', '-2', '101%', '1.5', '5 %%', '1e3'])('refuses "%s"', (text) => {
    expect(() => parseErrorThreshold(text)).toThrow(/expected a count/);
  });

  it('stops at one more than the count, at once', () => {
    const threshold = parseErrorThreshold('2');
    checkErrorThreshold(threshold, state(3, 2), false);
    expect(() => checkErrorThreshold(threshold, state(3, 3), false)).toThrow('3 of 3 pictures failed');
  });

  it('judges a share at the end only', () => {
    const threshold = parseErrorThreshold('10%');
    checkErrorThreshold(threshold, state(1, 1), false);
    checkErrorThreshold(threshold, state(10, 1), true);
    expect(() => checkErrorThreshold(threshold, state(9, 1), true)).toThrow('1 of 9 pictures failed');
  });

  it('takes a share exactly, whatever the sum', () => {
    for (const rows of [100, 1000])
      for (let errors = 1; errors < rows; errors += 1) {
        const share = `${(errors * 100) / rows}%`;
        checkErrorThreshold(parseErrorThreshold(share), state(rows, errors), true);
        const oneMore = state(rows, errors + 1);
        expect(() => checkErrorThreshold(parseErrorThreshold(share), oneMore, true)).toThrow('failed');
      }
  });

  it('-1 lets every picture fail', () => {
    expect(() => checkErrorThreshold(parseErrorThreshold('-1'), state(9, 9), true)).not.toThrow();
  });
});
