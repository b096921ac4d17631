import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildModelReport } from '../../src/actions/evaluate/build-model-report.ts';
import type { EvaluationReport, ModelReport } from '../../src/actions/evaluate/evaluation-report.ts';
import { renderHtml } from '../../src/actions/evaluate/render-html.ts';
import { createRandom } from '../../src/training/random.ts';
import { viewPage } from '../helpers/chromium.ts';
import { smallPicture } from '../helpers/labelled-pictures.ts';

const labels = [
  'can',
  'carton',
  'milk bottle, large',
  '水 🥛',
  '<b>x</b>',
  'averyveryverylonglabelwithoutanyblankthatcouldbreakit',
];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aml-deit-report-'));
  await writeFile(join(directory, 'picture.png'), await smallPicture(1));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function model(
  name: string,
  task: 'multiclass' | 'multilabel',
  names: readonly string[],
): Promise<ModelReport> {
  const random = createRandom(name);
  const rows = Array.from({ length: 120 }, () => names.map(() => random.next()));
  const likeliest = (row: readonly number[]): string => names[row.indexOf(Math.max(...row))] ?? '';
  const above = (row: readonly number[]): string[] => names.filter((_, index) => row[index]! > 0.5);
  return buildModelReport({
    name,
    task,
    truth: rows.map((row, index) =>
      task === 'multiclass'
        ? index % 3 === 0
          ? names[index % names.length]!
          : likeliest(row)
        : above(row.toReversed()),
    ),
    predictions: rows.map((row) => (task === 'multiclass' ? likeliest(row) : above(row))),
    probabilities: { values: Float64Array.from(rows.flat()), columns: names.length },
    metrics: { accuracy: 0.7, log_loss: null, f1_score_macro: 0.5 },
    labelMap: names,
    pictures: rows.map(() => ({ name: 'test/images/picture.png', file: join(directory, 'picture.png') })),
  });
}

async function page(report: Pick<EvaluationReport, 'task' | 'models'>): Promise<string> {
  const file = join(directory, `${report.task}-${report.models.length}.html`);
  const gate = [
    {
      model: 'a',
      metric: 'accuracy',
      operator: '>=',
      bound: 0.9,
      actual: 0.7,
      passed: false,
      shortfall: 0.2,
    },
  ] as const;
  await writeFile(
    file,
    await renderHtml({
      schemaVersion: 1,
      testData: 'data/test',
      card: { top1Percent: 81.8, top5Percent: 95.6 },
      place: 'here',
      gate,
      ...report,
    }),
  );
  return pathToFileURL(file).href;
}

describe('the report in a browser', () => {
  it.each([390, 1280])('has no error, asks for nothing and fits a window of %i pixels', async (width) => {
    const models = await Promise.all(
      ['azureml:fridge-of-somebody-with-a-long-name:1', 'b', 'c'].map((name) =>
        model(name, 'multiclass', labels),
      ),
    );
    const view = await viewPage(await page({ task: 'multiclass', models }), width);
    expect(view).toMatchObject({ errors: [], requests: [], sideways: 0, overflowing: [] });
    for (const part of ['Models side by side', 'Confusion matrix', 'Worst mistakes', '<b>x</b>', '水 🥛'])
      expect(view.text).toContain(part);
    expect(view.pdfBytes).toBeGreaterThan(20_000);
  });

  it('fits a phone with many labels of many pictures', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `label ${index}`);
    const view = await viewPage(
      await page({ task: 'multilabel', models: [await model('a', 'multilabel', many)] }),
      390,
    );
    expect(view).toMatchObject({ errors: [], requests: [], sideways: 0, overflowing: [] });
    expect(view.text).toContain('Threshold');
  });
});
