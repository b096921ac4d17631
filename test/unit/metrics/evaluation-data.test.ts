import { describe, expect, it } from 'vitest';
import {
  byCodePoint,
  encodeLabels,
  multiclassMetrics,
  multilabelMetrics,
} from '../../../src/metrics/index.ts';

const matrix = (rows: readonly (readonly number[])[]) => ({
  values: Float64Array.from(rows.flat()),
  columns: rows[0]!.length,
});

describe('rows that do not fit together', () => {
  it.each([
    [{ truth: [], predictions: [] }, 'there are no rows to evaluate'],
    [{ truth: ['a'], predictions: [] }, 'there are 0 predictions for 1 rows of truth'],
    [
      { truth: ['a', 'b'], predictions: ['a', 'b'], probabilities: matrix([[1, 0]]) },
      'there are 1 rows of probabilities for 2 rows of truth',
    ],
    [
      {
        truth: ['a', 'b'],
        predictions: ['a', 'b'],
        probabilities: matrix([
          [1, 0],
          [0, NaN],
        ]),
      },
      'row 1 has the probability NaN, expected finite numbers',
    ],
  ])('%j', (rows, message) => {
    expect(() => multiclassMetrics(rows)).toThrow(
      expect.objectContaining({ code: 'EVALUATION_DATA_INVALID', message }),
    );
  });

  it('have not one label', () => {
    expect(() => multilabelMetrics({ truth: [[]], predictions: [[]] })).toThrow(
      'there is not one label in the rows',
    );
  });
});

describe('probabilities', () => {
  it('of another number of columns are dropped, and the figures that need them with them', () => {
    const figures = multiclassMetrics({
      truth: ['a', 'b'],
      predictions: ['a', 'b'],
      probabilities: matrix([
        [1, 0, 0],
        [0, 1, 0],
      ]),
    });
    expect(figures.probabilitiesDropped).toBe('columns');
    expect(figures.scalars).toMatchObject({ accuracy: 1 });
    expect(Object.keys(figures.scalars).filter((name) => /AUC|log_loss/.test(name))).toEqual([]);
    expect(figures.accuracyTable).toBeUndefined();
  });

  it('whose likeliest class is not the prediction are dropped', () => {
    const figures = multiclassMetrics({
      truth: ['a', 'b'],
      predictions: ['a', 'b'],
      probabilities: matrix([
        [1, 0],
        [1, 0],
      ]),
    });
    expect(figures.probabilitiesDropped).toBe('argmax');
  });
});

describe('classes', () => {
  it('are sorted by code point, numbers by value', () => {
    expect(encodeLabels(['b', 'B', '\u{1f95b}', '\uff21', 'é', '10', '9']).classes).toEqual([
      '10',
      '9',
      'B',
      'b',
      'é',
      '\uff21',
      '\u{1f95b}',
    ]);
    expect(encodeLabels([10, 9, -1]).classes).toEqual([-1, 9, 10]);
    expect(byCodePoint('ab', 'a')).toBeGreaterThan(0);
    expect(byCodePoint('a', 'a')).toBe(0);
  });

  it('of numbers and text together are text', () => {
    const figures = multiclassMetrics({ truth: [1, 10], predictions: ['1', '10'] });
    expect(figures.classes).toEqual(['1', '10']);
    expect(figures.scalars.accuracy).toBe(1);
  });

  it('may be ten thousand', () => {
    const truth = Array.from({ length: 20_000 }, (_, index) => `class ${index % 10_000}`);
    const figures = multiclassMetrics({ truth, predictions: truth });
    expect(figures.classes).toHaveLength(10_000);
    expect(figures.scalars).toMatchObject({ accuracy: 1, f1_score_macro: 1, matthews_correlation: 1 });
  });
});
