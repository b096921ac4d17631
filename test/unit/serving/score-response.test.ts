import { describe, expect, it } from 'vitest';
import type { ScoreParameters } from '../../../src/serving/read-parameters.ts';
import { scoreResponseWriter } from '../../../src/serving/score-response.ts';

const labels = ['can', 'milk "bottle"', 'carton', 'jug', 'tin', 'cup'];
const probs = [0.1, 0.3, 0.3, 1 / 15, 0.2, 1 / 30];
const rounded = [0.1, 0.3, 0.3, 0.0666666667, 0.2, 0.0333333333];
const best = [1, 2, 4, 0, 3, 5];
const pairs = best.map((id) => ({ label: labels[id], score: rounded[id] }));

const write = (parameters?: ScoreParameters, form: 'probs' | 'label_score' = 'probs'): unknown =>
  JSON.parse(scoreResponseWriter(labels, form)([probs, null], parameters));

describe('score response', () => {
  it("is the card's: every class in id2label order, nine digits, null for what has no scores", () => {
    expect(write()).toEqual([{ probs: rounded, labels }, null]);
    expect(scoreResponseWriter(['a', 'b'], 'probs')([[1, 1.5e-12]])).toBe(
      '[{"probs":[1,1.5e-12],"labels":["a","b"]}]',
    );
  });

  it.each<[ScoreParameters, unknown]>([
    [{ topK: 2 }, { probs: [0.3, 0.3], labels: ['milk "bottle"', 'carton'] }],
    [{ topK: 99 }, { probs: best.map((id) => rounded[id]), labels: best.map((id) => labels[id]) }],
    [{ threshold: 0.2 }, { probs: [0.3, 0.3, 0.2], labels: ['milk "bottle"', 'carton', 'tin'] }],
    [
      { threshold: 0.2, topK: 1 },
      { probs: [0.3], labels: ['milk "bottle"'] },
    ],
    [{ threshold: 1 }, { probs: [], labels: [] }],
    [{ answer: 'label_score' }, { 0: pairs[0], 1: pairs[1], 2: pairs[2], 3: pairs[3], 4: pairs[4] }],
    [{ answer: 'label_score', topK: 1 }, { 0: pairs[0] }],
    [
      { answer: 'label_score', threshold: 0.25 },
      { 0: pairs[0], 1: pairs[1] },
    ],
    [{ answer: 'label_score', threshold: 1 }, {}],
    [{ answer: 'label_score_list' }, pairs.slice(0, 5)],
    [{ answer: 'label_score_list', topK: 6 }, pairs],
  ])('selects and writes as %j says', (parameters, row) => {
    expect(write(parameters)).toEqual([row, null]);
  });

  it('has the form that the server has, unless the request says another', () => {
    expect(write({}, 'label_score')).toEqual(write({ answer: 'label_score' }));
    expect(write({ answer: 'probs' }, 'label_score')).toEqual(write());
  });
});
