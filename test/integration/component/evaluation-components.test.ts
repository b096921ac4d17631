import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareData } from '../../../src/actions/prepare-data.ts';
import { runComponent } from '../../../src/actions/run-component.ts';
import { multiclassMetrics } from '../../../src/metrics/index.ts';
import { smallPicture, temporaryFolder, writeTree } from '../../helpers/labelled-pictures.ts';
import { smallPackage } from '../../helpers/small-package.ts';

const labels = ['carton', 'can', 'milk bottle, "größe" 1'];
let model: string;
let data: string;

beforeAll(async () => {
  model = await smallPackage(labels);
  const source = await writeTree(
    Object.fromEntries(
      labels.flatMap((label, index) =>
        [0, 1, 2, 3, 4, 5].map((number) => [`${label}/${number}.png`, index * 100 + number]),
      ),
    ),
  );
  data = join(await temporaryFolder(), 'data');
  await prepareData({
    source,
    out: data,
    task: 'multiclass',
    shares: { train: 50, validation: 0, test: 50 },
  });
});

afterAll(async () => {
  for (const directory of [dirname(model), dirname(data)])
    await rm(directory, { recursive: true, force: true });
});

async function rows(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function run(
  component: string,
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
): Promise<string[]> {
  const lines: string[] = [];
  await runComponent({ component, inputs, outputs, env: {}, onLine: (line) => void lines.push(line) });
  return lines;
}

async function predict(task: string, testData: string, config?: string): Promise<Record<string, string>> {
  const out = await temporaryFolder();
  const outputs = Object.fromEntries(
    ['predictions', 'prediction_probabilities', 'ground_truth', 'performance_metadata'].map((name) => [
      name,
      join(out, name),
    ]),
  );
  await run(
    'model_prediction',
    {
      task,
      test_data: testData,
      mlflow_model: model,
      input_column_names: 'image_url',
      label_column_name: 'label',
      batch_size: '4',
      ...(config === undefined ? {} : { evaluation_config_params: config }),
    },
    outputs,
  );
  return outputs;
}

describe('model_prediction and compute_metrics', () => {
  it('write the files of the components, with figures that are those of the rows', async () => {
    const outputs = await predict('image-classification', join(data, 'test'));
    const [predictions, probabilities, truth] = await Promise.all(
      ['predictions', 'prediction_probabilities', 'ground_truth'].map((name) => rows(outputs[name]!)),
    );
    expect(predictions).toHaveLength(9);
    expect(Object.keys(probabilities![0]!)).toEqual(['0', '1', '2']);
    const sorted = ['can', 'carton', 'milk bottle, "größe" 1'];
    for (const [index, row] of probabilities!.entries()) {
      const values = Object.values(row) as number[];
      expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      expect(sorted[values.indexOf(Math.max(...values))]).toBe(predictions![index]!['predictions']);
    }
    expect(Object.keys(JSON.parse(await readFile(outputs['performance_metadata']!, 'utf8')))).toEqual([
      'batch_size',
      'start_time_iso',
      'end_time_iso',
      'time_taken_ms',
    ]);

    const result = await temporaryFolder();
    await run(
      'compute_metrics',
      {
        task: 'image-classification',
        ground_truth: outputs['ground_truth']!,
        ground_truth_column_name: 'label',
        prediction: outputs['predictions']!,
        prediction_column_name: 'predictions',
        prediction_probabilities: outputs['prediction_probabilities']!,
      },
      { evaluation_result: result },
    );
    const folder = join(result, 'evaluationResult');
    expect((await readdir(folder)).sort()).toEqual(['artifacts', 'artifacts_metadata.json', 'metrics.json']);
    const metrics = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8'));
    const own = multiclassMetrics({
      truth: truth!.map((row) => row['label'] as string),
      predictions: predictions!.map((row) => row['predictions'] as string),
    });
    expect(metrics).toMatchObject({
      accuracy: own.scalars.accuracy,
      f1_score_macro: own.scalars.f1_score_macro,
    });
    expect(
      Object.keys(JSON.parse(await readFile(join(folder, 'artifacts_metadata.json'), 'utf8'))).sort(),
    ).toEqual(['accuracy_table', 'confusion_matrix']);
    const matrix = JSON.parse(await readFile(join(folder, 'artifacts', 'confusion_matrix'), 'utf8'));
    expect(matrix).toMatchObject({
      schema_type: 'confusion_matrix',
      schema_version: '1.0.0',
      data: { class_labels: own.classes },
    });
    const table = JSON.parse(await readFile(join(folder, 'artifacts', 'accuracy_table'), 'utf8'));
    expect(table).toMatchObject({ schema_type: 'accuracy_table', schema_version: '1.0.1' });
    expect(table.data.probability_tables[0]).toHaveLength(100);
  });

  it('take the threshold of the configuration for the predictions of many labels, and none for the figures', async () => {
    const listed = await Promise.all(
      [0, 1, 2, 3].map(async (number) => [`${number}.png`, await smallPicture(number)] as const),
    );
    const table = await writeTree({
      ...Object.fromEntries(listed),
      MLTable: 'paths:\n  - file: ./rows.jsonl\n',
      'rows.jsonl': [
        '{"image_url":"0.png","label":["can","carton"]}',
        '{"image_url":"1.png","label":[]}',
        '{"image_url":"2.png","label":["can"]}',
        '{"image_url":"3.png","label":["carton"]}',
      ].join('\n'),
    });
    const outputs = await predict('image-classification-multilabel', table, '{"threshold":0}');
    expect(
      (await rows(outputs['predictions']!)).every((row) => (row['predictions'] as string[]).length === 3),
    ).toBe(true);
    const result = await temporaryFolder();
    const lines = await run(
      'compute_metrics',
      {
        task: 'image-classification-multilabel',
        ground_truth: outputs['ground_truth']!,
        prediction: outputs['predictions']!,
        prediction_probabilities: outputs['prediction_probabilities']!,
        evaluation_config_params:
          '{"metrics":["iou","accuracy","confusion_matrix","rouge1"],"threshold":0.5}',
      },
      { evaluation_result: result },
    );
    expect(lines).toContain('no such metrics, left out: rouge1');
    const metrics = JSON.parse(await readFile(join(result, 'evaluationResult', 'metrics.json'), 'utf8'));
    expect(Object.keys(metrics).sort()).toEqual(['accuracy', 'iou']);
    const matrix = JSON.parse(
      await readFile(join(result, 'evaluationResult', 'artifacts', 'confusion_matrix'), 'utf8'),
    );
    expect(matrix.data.matrix).toHaveLength(3);
  });

  it('leave out pictures without three bands, and stop at one that cannot be read', async () => {
    const grey = await sharp(await smallPicture(1))
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const table = await writeTree({
      'grey.png': grey,
      'good.png': 5,
      MLTable: 'paths:\n  - file: ./rows.jsonl\n',
      'rows.jsonl': '{"image_url":"grey.png","label":"can"}\n{"image_url":"good.png","label":"can"}\n',
    });
    expect(await rows((await predict('image-classification', table))['predictions']!)).toHaveLength(1);
    await writeFile(join(table, 'good.png'), 'no picture');
    await expect(predict('image-classification', table)).rejects.toThrow(
      /rows\.jsonl:2: .*good\.png: not an accepted picture/,
    );
    await rm(join(table, 'good.png'));
    await expect(predict('image-classification', table)).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: expect.stringMatching(/rows\.jsonl:2: .*good\.png: there is no such file/) as unknown,
    });
  });

  it.each([
    [{ truth: '{"label":"a"}', predictions: '{"predictions":["a"]}' }, 'row 0 has 1 labels, expected one'],
    [
      { truth: '{"label":"a"}\n{"label":"b"}', predictions: '{"predictions":"a"}' },
      'there are 1 predictions for 2 rows of truth',
    ],
    [
      { truth: '{"label":"a","x":"b"}', predictions: '{"predictions":"a"}' },
      'has the columns label, x, and none is named',
    ],
    [{ truth: '{', predictions: '{"predictions":"a"}' }, 'ground:1 is not JSON'],
    [{ truth: '', predictions: '' }, 'there are no rows to evaluate'],
  ])('refuse %j', async (files, message) => {
    const directory = await writeTree({ ground: files.truth, predicted: files.predictions });
    const failing = run(
      'compute_metrics',
      {
        task: 'image-classification',
        ground_truth: join(directory, 'ground'),
        prediction: join(directory, 'predicted'),
      },
      { evaluation_result: join(directory, 'out') },
    );
    await expect(failing).rejects.toThrow(message);
  });

  it('write undefined figures as null, and read what Python writes for them', async () => {
    const directory = await writeTree({
      ground: '{"label":"a"}\n{"label":"a"}',
      predicted: '{"predictions":"a"}\n{"predictions":"a"}',
      probabilities: '{"0": NaN}\n{"0": 1.0}',
    });
    const lines = await run(
      'compute_metrics',
      {
        task: 'image-classification',
        ground_truth: join(directory, 'ground'),
        prediction: join(directory, 'predicted'),
      },
      { evaluation_result: join(directory, 'out') },
    );
    expect(lines).toContain('f1_score_binary is undefined here');
    const metrics = JSON.parse(
      await readFile(join(directory, 'out', 'evaluationResult', 'metrics.json'), 'utf8'),
    );
    expect(metrics).toMatchObject({ accuracy: 1, f1_score_binary: null });
    const failing = run(
      'compute_metrics',
      {
        task: 'image-classification',
        ground_truth: join(directory, 'ground'),
        prediction: join(directory, 'predicted'),
        prediction_probabilities: join(directory, 'probabilities'),
      },
      { evaluation_result: join(directory, 'out2') },
    );
    await expect(failing).rejects.toThrow('row 0 has the probability NaN');
  });
});
