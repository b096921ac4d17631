import { describe, expect, it } from 'vitest';
import { editDistance, nearestNames } from '../../../src/io/nearest-names.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['abcd', 'acbd', 1],
    ['same', 'same', 0],
  ])('%j and %j: %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearestNames', () => {
  const names = ['instance_type', 'instance_count', 'model', 'name'];
  it('puts the nearest first and leaves out what is too far', () => {
    expect(nearestNames('instance_typ', names)).toEqual(['instance_type']);
    expect(nearestNames('Model', names)).toEqual(['model']);
    expect(nearestNames('flavour', names)).toEqual([]);
    expect(nearestNames('', names)).toEqual([]);
  });
});
