import { describe, expect, it } from 'vitest';
import { readScoringResponse } from '../../../src/actions/scoring-response.ts';

const best = [
  { label: 'can', score: 0.91 },
  { label: 'carton', score: 0.09 },
];

describe('readScoringResponse', () => {
  it.each([
    ['version 15', [{ probs: [0.09, 0.91], labels: ['carton', 'can'] }], 'card'],
    ['version 16 as its card has it', [[best[1], best[0]]], 'label-score'],
    ['version 16 as the service sends it', [{ '0': best[0], '1': best[1] }], 'label-score'],
    [
      'a JSON text in a JSON string',
      JSON.stringify([{ probs: [0.91, 0.09], labels: ['can', 'carton'] }]),
      'card',
    ],
  ])('reads %s, best class first', (_, body, form) => {
    expect(readScoringResponse(JSON.stringify(body), 1)).toEqual({ form, rows: [best] });
  });

  it('keeps the order of the images', () => {
    const body = [
      { probs: [1, 0], labels: ['a', 'b'] },
      { probs: [0, 1], labels: ['a', 'b'] },
    ];
    expect(readScoringResponse(JSON.stringify(body), 2).rows.map((row) => row[0]?.label)).toEqual(['a', 'b']);
  });

  it.each([
    ['text', 'oops'],
    ['an object', '{}'],
    ['too few rows', '[]'],
    ['a row of another kind', '[{"boxes":[]}]'],
    ['probabilities and labels of different length', '[{"probs":[1],"labels":[]}]'],
    ['no class at all', '[{"probs":[],"labels":[]}]'],
    ['a probability above 1', '[{"probs":[1.5],"labels":["a"]}]'],
    ['a probability that is null', '[{"probs":[null],"labels":["a"]}]'],
    ['a score without label', '[[{"score":1}]]'],
  ])('refuses %s', (_, body) => {
    expect(() => readScoringResponse(body, 1)).toThrow(expect.objectContaining({ code: 'RESPONSE_INVALID' }));
  });
});
