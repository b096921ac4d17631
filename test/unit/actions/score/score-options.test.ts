import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { scorePictures } from '../../../../src/actions/score-pictures.ts';
import type { ScorePicturesOptions } from '../../../../src/actions/score-pictures.ts';

describe('options of score that make no sense', () => {
  const azureml = { formats: ['azureml'] as const };
  it.each<[Partial<ScorePicturesOptions>, string]>([
    [{ input: '' }, '--input is empty'],
    [{ output: ' ' }, '--output is empty'],
    [{ rank: 1 }, '--rank goes with --world-size'],
    [{ worldSize: 2 }, '--world-size goes with --rank'],
    [{ ...azureml, appendTo: '..' }, '--append-to is ".."'],
    [{ ...azureml, appendTo: 'a/b.csv' }, '--append-to is "a/b.csv"'],
    [{ ...azureml, appendTo: 'predictions-00000-of-00002.csv' }, "not one of score's own"],
  ])('%j', async (options, message) => {
    const score = scorePictures({ model: 'm', input: tmpdir(), output: 'o', env: {}, ...options });
    await expect(score).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message) as string,
    });
  });
});
