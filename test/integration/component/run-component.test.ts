import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runComponent } from '../../../src/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';

let model: string;
const folder = mkdtempSync(join(tmpdir(), 'aml-deit-component-'));

beforeAll(async () => {
  model = await smallPackage();
});
afterAll(() => {
  for (const directory of [folder, dirname(model)]) rmSync(directory, { recursive: true });
});

/** An MLTable folder with these lines. */
function table(name: string, lines: readonly (object | string)[], mltable?: string): string {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'MLTable'), mltable ?? 'paths:\n  - file: ./rows.jsonl\n');
  writeFileSync(
    join(directory, 'rows.jsonl'),
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
  return directory;
}

const row = (label: unknown, url = 'azureml://datastores/d/paths/x.jpg'): object => ({
  image_url: url,
  label,
});
const imported = 'give mlflow_model: what `aml-deit local import-registry-model` or a job has put there';
const importer = 'transformers_image_classification_model_import';

async function validate(train: string, task = 'image-classification'): Promise<string[]> {
  const lines: string[] = [];
  await runComponent({
    component: 'finetune_common_validation',
    inputs: { task_name: task, train_mltable_path: train },
    outputs: { validation_info: join(folder, 'info', 'validation.txt') },
    env: {},
    onLine: (line) => void lines.push(line),
  });
  return lines;
}

describe('the stand-in of a component', () => {
  it('takes the values and places that Azure ML hands to a command', async () => {
    const result = await runComponent({
      component: importer,
      env: { AZURE_ML_INPUT_mlflow_model: model, AZURE_ML_OUTPUT_output_dir: join(folder, 'imported') },
    });
    expect(result).toMatchObject({ component: importer, version: '0.0.22', idle: false });
    expect(readdirSync(join(folder, 'imported'))).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'preprocessor_config.json']),
    );
  });

  it('finds the checkpoint in the folders that Azure ML writes', async () => {
    const outer = join(folder, 'mlflow');
    for (const [index, place] of ['mlflow_model_folder/model', 'data/model', ''].entries()) {
      const directory = join(outer, String(index));
      mkdirSync(join(directory, place), { recursive: true });
      for (const name of ['config.json', 'model.safetensors'])
        writeFileSync(join(directory, place, name), readFileSync(join(model, name)));
      const out = join(outer, `out-${index}`);
      await runComponent({
        component: importer,
        inputs: { mlflow_model: directory },
        outputs: { output_dir: out },
        env: {},
      });
      expect(readdirSync(out).toSorted()).toEqual(['config.json', 'model.safetensors']);
    }
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const error = await failureOf(
      runComponent({
        component: importer,
        inputs: { mlflow_model: empty },
        outputs: { output_dir: join(folder, 'none') },
        env: {},
      }),
    );
    expect(error.code).toBe('MODEL_UNSUPPORTED');
  });

  it('leaves the work to the first of several processes', async () => {
    const result = await runComponent({
      component: importer,
      inputs: { mlflow_model: model },
      outputs: { output_dir: join(folder, 'second') },
      env: { RANK: '1', WORLD_SIZE: '2' },
    });
    expect(result.idle).toBe(true);
    expect(existsSync(join(folder, 'second'))).toBe(false);
  });

  it.each([
    [{ mlflow_mode: 'x' }, '"mlflow_mode" is no input', 'did you mean mlflow_model?'],
    [{ model_family: 'Torch' }, 'model_family is "Torch", expected one of HuggingFaceImage', undefined],
    [{ download_from_source: 'maybe' }, 'download_from_source is "maybe", expected true or false', undefined],
    [{}, 'neither mlflow_model nor pytorch_model was given', imported],
    [{ model_name: 'google/vit' }, 'model_name is "google/vit": models are not downloaded here', imported],
  ])('refuses %j', async (inputs, message, hint) => {
    const error = await failureOf(
      runComponent({
        component: importer,
        inputs: { ...inputs },
        outputs: { output_dir: join(folder, 'no') },
        env: {},
      }),
    );
    expect(error.code).toBe('COMPONENT_INPUT_INVALID');
    expect(error.message).toContain(message);
    expect(error.hint).toBe(hint);
  });

  it('is unknown where nothing stands in', async () => {
    const error = await failureOf(runComponent({ component: 'finetune_common_validatio', env: {} }));
    expect(error).toMatchObject({ code: 'COMPONENT_UNKNOWN', exitCode: 2 });
    expect(error.hint).toContain('did you mean finetune_common_validation?');
  });

  it('is a command', async () => {
    const args = ['component', 'run', importer, '--input', `mlflow_model=${model}`];
    const out = join(folder, 'by-command');
    const done = await runCli([...args, '--output', `output_dir=${out}`, '--json']);
    expect(JSON.parse(done.stdout)).toMatchObject({ component: importer, outputs: { output_dir: out } });
    expect(done.stderr).toContain('local stand-in for');
    const failed = await runCli(args);
    expect(failed.exitCode).toBe(3);
    expect(failed.stderr).toContain('no place was given for the output output_dir');
  });
});

describe('finetune_common_validation', () => {
  it('counts rows and labels, and says that the data is good', async () => {
    const lines = await validate(table('good', [row('a'), row('b b'), row('c,ü'), '', row(3)]));
    expect(lines).toContain('train_mltable_path: 4 rows, 4 labels');
    expect(readFileSync(join(folder, 'info', 'validation.txt'), 'utf8')).toBe('Validation Completed');
    const gone = table('gone', [row('a', 'here.png'), row('b', 'gone.png'), row('c')]);
    writeFileSync(join(gone, 'here.png'), '');
    expect(await validate(gone)).toContain(
      `warning: ${join(gone, 'gone.png')} will be left out (${join(gone, 'rows.jsonl')}:2): there is no such file`,
    );
    const many = table('many', [row(['a', 'b']), row([]), row(['b'])]);
    expect(await validate(many, 'image-classification-multilabel')).toContain(
      'train_mltable_path: 3 rows, 2 labels',
    );
  });

  it.each([
    ['one-label', [row('a'), row('a')], 'the training data has the one label "a"'],
    [
      'no-pictures',
      [row('a', 'a.png'), row('b', 'b.png')],
      'not one of the 2 pictures that train_mltable_path',
    ],
    ['no-json', [row('a'), '{'], 'rows.jsonl:2 is not JSON'],
    ['no-label', [row('a'), { image_url: 'azureml://x' }], 'rows.jsonl:2 has no "label"'],
    ['no-url', [{ label: 'a' }], 'rows.jsonl:1 has no "image_url"'],
    ['array', [row(['a'])], 'rows.jsonl:1 has ["a"] as "label", expected one label as text'],
    ['outside', [row('a', '../../etc/passwd')], 'which is outside of its folder'],
    ['no-rows', [], 'has no rows'],
  ])('refuses %s', async (name, lines, message) => {
    const error = await failureOf(validate(table(name, lines)));
    expect(error.code).toBe('TRAINING_DATA_INVALID');
    expect(error.message).toContain(message);
  });

  it('refuses tables that lead elsewhere, or nowhere', async () => {
    const elsewhere = table('elsewhere', [row('a')], 'paths:\n  - file: ../good/rows.jsonl\n');
    expect((await failureOf(validate(elsewhere))).message).toContain('outside of its folder');
    const folders = table('folders', [row('a')], 'paths:\n  - folder: ./\n');
    expect((await failureOf(validate(folders))).message).toContain('has no paths of files');
    expect((await failureOf(validate(join(folder, 'nowhere')))).code).toBe('FILE_NOT_FOUND');
  });
});
