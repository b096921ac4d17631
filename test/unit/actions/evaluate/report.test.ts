import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildModelReport } from '../../../../src/actions/evaluate/build-model-report.ts';
import type { EvaluationReport } from '../../../../src/actions/evaluate/evaluation-report.ts';
import { applyGate, gateFigure, gateMiss, parseGate } from '../../../../src/actions/evaluate/gate.ts';
import { readOutputs } from '../../../../src/actions/evaluate/read-outputs.ts';
import { renderHtml } from '../../../../src/actions/evaluate/render-html.ts';
import { renderMarkdown } from '../../../../src/actions/evaluate/render-markdown.ts';
import { renderEvaluation } from '../../../../src/cli/render-evaluation.ts';

const hostile = '<script>alert(1)</script> | "$&" \u001b[31m`x`';

function matrix(rows: readonly (readonly number[])[]) {
  return { values: Float64Array.from(rows.flat()), columns: rows[0]!.length };
}

function report(models: EvaluationReport['models'], more: Partial<EvaluationReport> = {}): EvaluationReport {
  return {
    schemaVersion: 1,
    task: 'multiclass',
    testData: 'data/test',
    models,
    card: null,
    gate: [],
    place: 'twin',
    ...more,
  };
}

const multiclass = {
  name: 'fridge:1',
  task: 'multiclass',
  truth: ['can', 'can', 'jar', hostile],
  predictions: ['can', 'jar', 'jar', 'can'],
  probabilities: matrix([
    [0.1, 0.8, 0.1],
    [0.2, 0.3, 0.5],
    [0.1, 0.2, 0.7],
    [0.05, 0.9, 0.05],
  ]),
  metrics: { accuracy: 0.5, log_loss: null },
  labelMap: [hostile, 'can', 'jar'],
} as const;

describe('the report of one label a picture', () => {
  it('counts, ranks and finds the surest mistakes', async () => {
    const made = await buildModelReport(multiclass);
    expect(made.confusion).toEqual([
      [0, 1, 0],
      [0, 1, 1],
      [0, 0, 1],
    ]);
    expect(made.perClass.map(({ label, recall, support }) => [label, recall, support])).toEqual([
      [hostile, 0, 1],
      ['can', 0.5, 2],
      ['jar', 1, 1],
    ]);
    expect(made.mistakes.map(({ truth, predicted, confidence }) => [truth, predicted, confidence])).toEqual([
      [[hostile], ['can'], 0.9],
      [['can'], ['jar'], 0.5],
    ]);
    expect(made.roc.map(({ name }) => name)).toEqual(['all labels', hostile, 'can', 'jar']);
    expect(made.reliability?.bins.filter(({ count }) => count > 0).map(({ accuracy }) => accuracy)).toEqual([
      0, 1, 1, 0,
    ]);
  });

  it('leaves out curves when nobody knows the columns, and says so', async () => {
    const made = await buildModelReport({ ...multiclass, probabilities: matrix([[1], [1], [1], [1]]) });
    expect(made).toMatchObject({ roc: [], precisionRecall: [], reliability: null });
    expect(made.notes.join(' ')).toContain(
      'It is not known which labels the 1 columns of probabilities are of',
    );
  });

  it("finds the columns in the card's order, and the top 5", async () => {
    const labelMap = ['tench', 'goldfish', 'white shark', 'tiger shark', 'hammerhead', 'ray', 'stingray'];
    const row = (best: number) => labelMap.map((_, column) => (column === best ? 0.4 : 0.1));
    const made = await buildModelReport({
      ...multiclass,
      truth: ['tench', 'ray'],
      predictions: ['tench', 'goldfish'],
      probabilities: matrix([row(0), row(1)]),
      labelMap,
    });
    expect(made.metrics['top_5_accuracy']).toBe(1);
    expect(made.confusedPairs).toEqual([]);
  });

  it('is text in HTML and in Markdown, whatever labels hold', async () => {
    const model = await buildModelReport(multiclass);
    const conditions = parseGate('accuracy>=0.9, log_loss<0.1');
    const full = report([model, { ...model, name: 'other' }], {
      gate: applyGate(conditions, [model]),
      card: { top1Percent: 81.8, top5Percent: 95.6 },
    });
    const page = await renderHtml(full);
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; | &quot;$&amp;&quot;');
    expect(page.match(/<title>/g)).toHaveLength(1 + (page.match(/<g><title>/g)?.length ?? 0));
    for (const part of [
      'Confusion matrix',
      'By label',
      'ROC',
      'Reliability',
      'Worst mistakes',
      'Models side by side',
      'Beside the model card',
      'failed: fridge:1, accuracy 0.5000, required &gt;= 0.9',
      'log_loss n/a',
    ])
      expect(page).toContain(part);
    const markdown = renderMarkdown(full);
    expect(markdown).not.toContain('<script');
    expect(markdown).toContain('| accuracy | 0.5000 | 0.5000 |');
    expect(markdown).toContain('**failed**: fridge:1, log_loss n/a, required < 0.1');
    expect(
      markdown
        .split('\n')
        .filter((line) => line.startsWith('| &lt;script'))
        .every((line) => line.split(/(?<!\\)\|/).length === 7),
    ).toBe(true);
  });
});

describe('the report of many labels a picture', () => {
  it('sweeps the threshold', async () => {
    const made = await buildModelReport({
      ...multiclass,
      task: 'multilabel',
      truth: [['can', 'jar'], [], ['jar']],
      predictions: [['can'], ['jar'], ['jar']],
      probabilities: matrix([
        [0.9, 0.2],
        [0.1, 0.6],
        [0.2, 0.8],
      ]),
    });
    expect(made.confusion).toBeNull();
    expect(made.sweep[25]).toMatchObject({ threshold: 0.5, precision: 2 / 3, recall: 2 / 3 });
    expect(made.mistakes.map(({ confidence }) => confidence)).toEqual([0.8, 0.6]);
    expect(await renderHtml(report([made], { task: 'multilabel' }))).toContain('Threshold (an addition');
  });
});

describe('a gate', () => {
  it('says how far each model is from it', () => {
    const outcomes = applyGate(parseGate('accuracy>=0.9,f1_score_macro>0.5'), [
      { name: 'a', metrics: { accuracy: 0.75, f1_score_macro: null } },
    ]);
    expect(outcomes.map(({ passed, shortfall }) => [passed, shortfall])).toEqual([
      [false, 0.15000000000000002],
      [false, null],
    ]);
  });

  it('takes any way to write a bound, and shows as many digits as a miss needs', () => {
    const miss = (gate: string, accuracy: number): string[] =>
      applyGate(parseGate(gate), [{ name: 'a', metrics: { accuracy } }]).map(
        (outcome) => gateFigure(outcome) + gateMiss(outcome),
      );
    expect(miss('accuracy>=1e-1,accuracy>=.1,accuracy>-1.5E+0', 0.2)).toEqual(['0.2000', '0.2000', '0.2000']);
    expect(miss('accuracy>1', 1)).toEqual(['1, which it only equals']);
    expect(miss('accuracy>=0.9', 0.899999)).toEqual(['0.899999, short by 0.0000010']);
    expect(miss('accuracy>=0.9', 0.75)).toEqual(['0.7500, short by 0.1500']);
  });

  it.each([
    ['accurancy>=1', 'there is no metric "accurancy"'],
    ['accuracy', '"accuracy" is no condition'],
    ['accuracy>=1e', '"accuracy>=1e" is no condition'],
    ['', '"" is no condition'],
  ])('%j is refused', (text, message) => {
    expect(() => parseGate(text)).toThrow(message);
  });
});

describe('metrics that are no figures', () => {
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });
  const text =
    '{"accuracy": NaN, "log_loss": -Infinity, "AUC_macro": Infinity, "f1_score_macro": "0.99", ' +
    '"recall_score_macro": null, "precision_score_macro": 1e999, "matthews_correlation": [1], "balanced_accuracy": 0.5}';
  const conditions = parseGate(
    'accuracy>=0,accuracy<=1,log_loss<9,AUC_macro>0.5,f1_score_macro>=0.9,recall_score_macro>=0,precision_score_macro>0,' +
      'matthews_correlation>=0,average_precision_score_macro>=0,balanced_accuracy>=0.5',
  );

  async function written(metrics: string): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'aml-deit-outputs-'));
    folders.push(directory);
    for (const [name, row] of [
      ['predictions', '{"label":"can"}'],
      ['ground_truth', '{"label":"can"}'],
      ['prediction_probabilities', '{"0":NaN,"1":0.25}'],
    ] as const) {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, 'rows.jsonl'), `${row}\n${row}\n`);
    }
    await mkdir(join(directory, 'evaluation_result', 'evaluationResult'), { recursive: true });
    await writeFile(join(directory, 'evaluation_result', 'evaluationResult', 'metrics.json'), metrics);
    return directory;
  }

  it('are undefined in every report, and pass no gate', async () => {
    const outputs = await readOutputs(await written(text));
    expect(outputs.metrics).toEqual({
      accuracy: null,
      log_loss: null,
      AUC_macro: null,
      f1_score_macro: null,
      recall_score_macro: null,
      precision_score_macro: null,
      matthews_correlation: null,
      balanced_accuracy: 0.5,
    });
    const model = await buildModelReport({
      name: 'odd:1',
      task: 'multiclass',
      labelMap: ['bottle', 'can'],
      ...outputs,
    });
    expect(model).toMatchObject({ roc: [], precisionRecall: [], reliability: null });
    expect(model.notes.join(' ')).toContain('2 of 2 rows have probabilities that are no numbers');
    const gate = applyGate(conditions, [model]);
    expect(gate.filter(({ passed }) => passed).map(({ metric }) => metric)).toEqual(['balanced_accuracy']);
    expect(gate.slice(0, -1).every(({ actual, shortfall }) => actual === null && shortfall === null)).toBe(
      true,
    );
    const full = report([model], { gate });
    const page = await renderHtml(full);
    expect(page).toContain('n/a');
    for (const shown of [page, renderMarkdown(full), JSON.stringify(full)]) {
      expect(shown).not.toContain('NaN');
      expect(shown).not.toContain('Infinity');
    }
    const table = renderEvaluation({
      ...full,
      jobs: [null],
      passed: false,
      files: { html: 'report.html', markdown: 'report.md', json: 'report.json' },
    });
    expect(table).toMatch(/^accuracy +n\/a$/m);
    expect(table).toContain('gate MISSED: odd:1 accuracy n/a >= 0, which is undefined here');
    // Whoever calls with figures of their own is not believed either.
    const own = applyGate(parseGate('accuracy>=0,log_loss<=9'), [
      { name: 'own', metrics: { accuracy: Infinity, log_loss: NaN } },
    ]);
    expect(own.map(({ passed }) => passed)).toEqual([false, false]);
  });

  it.each([
    ['[0.5]', 'is no object of figures'],
    ['null', 'is no object of figures'],
    ['{"accuracy": 0.5', 'cannot be read'],
  ])('%s is refused', async (metrics, message) => {
    await expect(readOutputs(await written(metrics))).rejects.toMatchObject({
      code: 'EVALUATION_DATA_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });
});
