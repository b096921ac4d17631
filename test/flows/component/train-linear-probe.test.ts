import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportModel, runComponent } from '../../../src/index.ts';
import { writeRandomCheckpoint } from '../../../src/training/index.ts';
import { decodeImage, preprocess, startInference } from '../../../src/vision/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { drawTable, smallBackbone } from '../../helpers/fridge-tables.ts';

const root = mkdtempSync(join(tmpdir(), 'aml-deit-train-'));
const at = (name: string): string => join(root, name);
let train: string;
let validation: string;
let test: string;

beforeAll(async () => {
  await writeRandomCheckpoint({ directory: at('backbone'), labels: ['a', 'b'], ...smallBackbone });
  [train, validation, test] = await Promise.all([
    drawTable({ directory: at('train'), split: 'train', perClass: 40 }),
    drawTable({ directory: at('validation'), split: 'validation', perClass: 10 }),
    drawTable({ directory: at('test'), split: 'test', perClass: 15 }),
  ]);
});
afterAll(() => rmSync(root, { recursive: true }));

interface Trained {
  readonly pytorch: string;
  readonly mlflow: string;
  readonly lines: readonly string[];
}

async function finetune(name: string, inputs: Record<string, string> = {}): Promise<Trained> {
  const lines: string[] = [];
  const pytorch = at(`${name}/pytorch`);
  const mlflow = at(`${name}/mlflow`);
  await runComponent({
    component: 'transformers_image_classification_finetune',
    inputs: {
      model_path: at('backbone'),
      training_data: train,
      validation_data: validation,
      task_name: 'image-classification',
      ...inputs,
    },
    outputs: { pytorch_model_folder: pytorch, mlflow_model_folder: mlflow },
    env: { AML_DEIT_HOME: at('home') },
    onLine: (line) => void lines.push(line),
  });
  return { pytorch, mlflow, lines };
}

/** How many of a table's pictures a checkpoint's package gets right, and what it says of each. */
async function evaluate(checkpoint: string, table: string) {
  const packaged = await exportModel({ source: checkpoint, out: `${checkpoint}-package` });
  const inference = await startInference({ packageDirectory: packaged.directory });
  const { labels, preprocessing } = packaged.manifest;
  const rows = readFileSync(join(table, 'rows.jsonl'), 'utf8').trim().split('\n');
  let right = 0;
  try {
    for (const line of rows) {
      const row = JSON.parse(line) as { image_url: string; label: string };
      const picture = await decodeImage(readFileSync(join(table, row.image_url)));
      const { logits } = await inference.run(preprocess(picture, preprocessing), 1);
      if (labels[logits.indexOf(Math.max(...logits))] === row.label) right += 1;
    }
  } finally {
    await inference.close();
  }
  return { accuracy: right / rows.length, labels, task: packaged.manifest.task };
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

describe('the linear probe', () => {
  it('learns what is on the pictures, and writes a checkpoint that the exporter reads', async () => {
    const trained = await finetune('first', {
      number_of_epochs: '5',
      learning_rate: '0.1',
      optimizer: 'sgd',
    });
    expect(trained.lines).toContain(
      'ignored, for a linear probe has no use for them: number_of_epochs, learning_rate, optimizer',
    );
    expect(trained.lines.find((line) => line.startsWith('this is a linear probe'))).toBeDefined();
    expect(trained.lines.join('\n')).toMatch(/epoch 10, loss [\d.]+, eval_loss [\d.]+, eval_accuracy [\d.]+/);
    const { accuracy, labels, task } = await evaluate(trained.pytorch, test);
    expect(labels).toEqual(['can', 'carton', 'milk_bottle', 'water_bottle']);
    expect(task).toBe('multiclass');
    expect(accuracy).toBeGreaterThan(0.7);
    // The MLflow model is the same model.
    expect((await evaluate(trained.mlflow, test)).accuracy).toBe(accuracy);
    expect(readFileSync(join(trained.mlflow, 'MLmodel'), 'utf8')).toContain('task: image-classification');
  });

  it('gives the same bytes again, from features that it kept', async () => {
    const again = await finetune('again');
    const first = at('first/pytorch/pytorch_model.bin');
    expect(sha256(join(again.pytorch, 'pytorch_model.bin'))).toBe(sha256(first));
    expect(again.lines).toContain(
      'features of 160 training pictures, from an earlier run over the same pictures',
    );
  });

  it('falls to chance where the labels are shuffled', async () => {
    const names = ['can', 'carton', 'milk_bottle', 'water_bottle'];
    let next = 0;
    const shuffled = await drawTable({
      directory: at('shuffled'),
      split: 'train',
      perClass: 40,
      // As many of each, and none that says anything of the picture.
      label: () => names[(((next += 1) * 7919) >> 3) % 4] ?? '',
    });
    const trained = await finetune('chance', { training_data: shuffled });
    const { accuracy } = await evaluate(trained.pytorch, test);
    expect(accuracy).toBeLessThan(0.5);
  });

  it('holds rows back where there is no validation data, and can stop early', async () => {
    const inputs = { early_stopping: 'true', early_stopping_patience: '1', validation_data: '' };
    const { lines } = await finetune('held', inputs);
    expect(lines).toContain('no validation data: 32 of 160 rows are held back for it');
  });

  it('learns any number of labels, with spaces, commas and other scripts', async () => {
    const spelled: Record<string, readonly string[]> = {
      can: ['Dose, rund', '金属'],
      carton: ['boîte en carton'],
      milk_bottle: ['bottle', '🥛 milk'],
      water_bottle: ['bottle'],
    };
    const table = (name: string, split: string, perClass: number): Promise<string> =>
      drawTable({ directory: at(name), split, perClass, label: (className) => spelled[className] ?? [] });
    const trained = await finetune('many', {
      task_name: 'image-classification-multilabel',
      training_data: await table('many-train', 'train', 40),
      validation_data: await table('many-validation', 'validation', 10),
    });
    expect(trained.lines.join('\n')).toMatch(/eval_iou_micro [\d.]+/);
    const packaged = await exportModel({ source: trained.pytorch, out: at('many/package') });
    expect(packaged.manifest).toMatchObject({
      task: 'multilabel',
      // In the order of their code points.
      labels: ['Dose, rund', 'bottle', 'boîte en carton', '金属', '🥛 milk'],
    });
  });

  it('leaves out what is no picture and says so, and fails where none is', async () => {
    const table = await drawTable({ directory: at('broken'), split: 'train', perClass: 3 });
    writeFileSync(join(table, 'can-0.png'), 'no picture');
    rmSync(join(table, 'carton-1.png'));
    const { lines } = await finetune('broken-out', { training_data: table });
    expect(lines.join('\n')).toMatch(/warning: .*can-0\.png is left out \(.*rows\.jsonl:\d+\): /);
    expect(lines.join('\n')).toMatch(/warning: .*carton-1\.png is left out \(.*\): there is no such file/);
    expect(lines).toContain('features of 10 training pictures');
    const gone = await drawTable({ directory: at('gone'), split: 'train', perClass: 1 });
    for (const name of ['can', 'carton', 'milk_bottle', 'water_bottle'])
      writeFileSync(join(gone, `${name}-0.png`), '');
    const error = await failureOf(finetune('gone-out', { training_data: gone }));
    expect(error).toMatchObject({
      code: 'TRAINING_DATA_INVALID',
      message: 'none of the 4 training pictures can be read',
    });
    expect(existsSync(at('gone-out/pytorch/pytorch_model.bin'))).toBe(false);
  });

  it('says which labels a table lacks, and refuses a single one', async () => {
    const one = await drawTable({
      directory: at('one-extra'),
      split: 'train',
      perClass: 2,
      label: (name, index) => (name === 'can' && index === 0 ? 'tin' : name),
    });
    const { lines } = await finetune('one-extra-out', { training_data: one });
    expect(lines).toContain('warning: no validation row has the label "tin"');
    const single = await drawTable({
      directory: at('single'),
      split: 'train',
      perClass: 2,
      label: () => 'x',
    });
    const error = await failureOf(finetune('single-out', { training_data: single, validation_data: single }));
    expect(error.message).toContain('are of one class; a classifier needs two classes at least');
  });
});
