import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  multiclassMetrics,
  multilabelMetrics,
  scalarNames,
  topKAccuracy,
} from '../../../src/metrics/index.ts';
import type { EvaluationFigures, Label, ProbabilityMatrix } from '../../../src/metrics/index.ts';

interface RecordedCase {
  readonly task: 'multiclass' | 'multilabel';
  readonly truth: readonly (Label | readonly Label[])[];
  readonly predictions: readonly (Label | readonly Label[])[];
  readonly probabilities: readonly (readonly number[])[] | null;
  readonly positiveLabel?: Label;
  readonly expected: {
    /** NaN is recorded as null. */
    readonly scalars: Readonly<Record<string, number | null>>;
    readonly confusionMatrix: { readonly class_labels: readonly string[]; readonly matrix: unknown } | null;
    readonly accuracyTable?: {
      readonly class_labels: readonly string[];
      readonly probability_tables: string;
      readonly percentile_tables: string;
    } | null;
  };
  readonly scikitLearn: Readonly<Record<string, number | null>>;
}

const recorded = JSON.parse(
  readFileSync(new URL('../../golden/metrics/cases.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly RecordedCase[] };

const cases = recorded.cases.map((recordedCase, index) => [index, recordedCase] as const);

describe('figures of azureml-metrics', () => {
  it('were recorded for at least 200 cases of both tasks', () => {
    const tasks = recorded.cases.map(({ task }) => task);
    expect(tasks.filter((task) => task === 'multiclass').length).toBeGreaterThanOrEqual(100);
    expect(tasks.filter((task) => task === 'multilabel').length).toBeGreaterThanOrEqual(100);
  });

  it.each(cases)('case %i', (_, recordedCase) => {
    const figures = compute(recordedCase);
    const { scalars, confusionMatrix, accuracyTable } = recordedCase.expected;
    expect(Object.keys(figures.scalars).sort()).toEqual(Object.keys(scalars).sort());
    expect(differences(figures.scalars, scalars)).toEqual([]);
    const table = figures.accuracyTable?.();
    expect({
      // Where theirs failed there is nothing to compare with.
      confusionMatrix: confusionMatrix && {
        class_labels: figures.classes.map(String),
        matrix: [...figures.confusionMatrix()],
      },
      accuracyTable: table && {
        class_labels: table.class_labels,
        probability_tables: digest(table.probability_tables),
        percentile_tables: digest(table.percentile_tables),
      },
    }).toEqual({ confusionMatrix, accuracyTable });
  });

  it.each(cases)('are those of scikit-learn in case %i, where both mean the same', (_, recordedCase) => {
    const figures = compute(recordedCase);
    const { probabilities, truth } = recordedCase;
    const columns = Int32Array.from(truth, (label) => figures.classes.indexOf(label as Label));
    const top = (k: number) =>
      probabilities === null ? NaN : topKAccuracy(columns, matrix(probabilities), k);
    expect(
      differences({ ...figures.scalars, top_2: top(2), top_5: top(5) }, recordedCase.scikitLearn),
    ).toEqual([]);
  });
});

function compute(recordedCase: RecordedCase): EvaluationFigures {
  const { task, truth, predictions, probabilities, positiveLabel } = recordedCase;
  const rows = {
    truth,
    predictions,
    ...(probabilities === null ? {} : { probabilities: matrix(probabilities) }),
  };
  const options = { metrics: scalarNames, ...(positiveLabel === undefined ? {} : { positiveLabel }) };
  return task === 'multiclass'
    ? multiclassMetrics(rows as Parameters<typeof multiclassMetrics>[0], options)
    : multilabelMetrics(rows as Parameters<typeof multilabelMetrics>[0], options);
}

function matrix(rows: readonly (readonly number[])[]): ProbabilityMatrix {
  return { values: Float64Array.from(rows.flat()), columns: rows[0]?.length ?? 0 };
}

function differences(
  actual: Readonly<Record<string, number>>,
  expected: Readonly<Record<string, number | null>>,
): string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const own = actual[name] ?? Infinity;
    const same = value === null ? Number.isNaN(own) : Math.abs(own - value) <= 1e-9;
    return same ? [] : [`${name}: ${own} for ${value}`];
  });
}

function digest(tables: unknown): string {
  return createHash('sha256').update(JSON.stringify(tables)).digest('hex').slice(0, 16);
}
