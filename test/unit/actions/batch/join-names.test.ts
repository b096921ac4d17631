import { describe, expect, it } from 'vitest';
import { joinNames } from '../../../../src/actions/batch/join-names.ts';

describe('rows and pictures', () => {
  const pathOf = joinNames(['can/1.jpg', 'carton/1.jpg', 'carton/2.jpg', 'top.jpg']);

  it.each([
    ['can/1.jpg', 'can/1.jpg'],
    ['/mnt/azureml/cr/j/1/cap/data/INPUT_data/carton/1.jpg', 'carton/1.jpg'],
    ['2.jpg', 'carton/2.jpg'],
    ['elsewhere/top.jpg', 'top.jpg'],
    // Several have that name, or none.
    ['1.jpg', undefined],
    ['other/1.jpg', undefined],
    ['3.jpg', undefined],
  ])('are told of each other: %s', (id, path) => {
    expect(pathOf(id)).toBe(path);
  });
});
