import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  downloadJob,
  evaluateModels,
  finetuneModel,
  generateFinetune,
  invokeOnline,
  listJobs,
  listModels,
  showJob,
} from '../../../src/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { finetuneBench } from '../../helpers/finetune-bench.ts';
import type { FinetuneBench } from '../../helpers/finetune-bench.ts';
import { drawTable } from '../../helpers/fridge-tables.ts';
import { recordingHost } from '../../helpers/recording-host.ts';
import { removeJobFiles } from '../../helpers/twin-jobs.ts';

let bench: FinetuneBench;
beforeAll(async () => {
  bench = await finetuneBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const jobs = async (): Promise<readonly string[]> =>
  (await listJobs({ target: 'local', env: { ...bench.twin.env } })).jobs.map(({ name }) => name);

describe('finetuneModel', () => {
  it('trains, registers and packages; left in the middle and run again it is one job', async () => {
    const controller = new AbortController();
    const left = await failureOf(
      finetuneModel(
        bench.options({
          signal: controller.signal,
          onTree: ({ status }) => {
            if (status === 'Running') controller.abort();
          },
        }),
      ),
    );
    expect(left.code).toBe('INTERRUPTED');
    const host = recordingHost();
    const result = await finetuneModel(bench.options({ host }));
    expect(await jobs()).toEqual([result.job]);
    expect(left.details).toMatchObject({ job: result.job, canceled: false });
    expect(result).toMatchObject({
      submitted: false,
      status: 'Completed',
      metrics: { eval_accuracy: expect.any(Number) as number, epoch: expect.any(Number) as number },
      model: { name: 'deit-multiclass', version: '1' },
      labels: ['can', 'carton', 'milk_bottle', 'water_bottle'],
      deployed: null,
    });
    expect(result.deployCommand).toBe(
      `aml-deit deploy online --model ${result.packageDirectory ?? ''} --endpoint deit-multiclass --sku Standard_D4as_v4 --target local`,
    );
    const said = host.messages.map(({ text }) => text).join('\n');
    expect(said).toContain('linear probe on frozen features');
    expect(said).toContain(`found job ${result.job} of an earlier run`);
    // The steps are those of the published pipeline.
    expect(result.run?.steps[0]?.steps.map(({ name }) => name).toSorted()).toEqual([
      'finetune_common_validation',
      'image_classification_finetune',
      'image_classification_model_import',
    ]);
    // Once more: nothing is done again.
    const again = await finetuneModel(bench.options());
    expect([again.job, again.model]).toEqual([result.job, result.model]);
    expect(await jobs()).toHaveLength(1);

    const fetched = await downloadJob({
      target: 'local',
      env: { ...bench.twin.env },
      job: result.job,
      out: join(bench.directory, 'downloaded'),
      logs: true,
      outputs: ['mlflow_model'],
    });
    expect(fetched.parts.map(({ output }) => output)).toContain('mlflow_model');
    const log = 'steps/finetune/steps/image_classification_finetune/artifacts/user_logs/std_log.txt';
    expect(readFileSync(join(fetched.out, log), 'utf8')).toContain('this is a linear probe');
    expect(readFileSync(join(fetched.out, 'named-outputs/mlflow_model/MLmodel'), 'utf8')).toContain(
      'transformers',
    );
    const missing = await failureOf(
      downloadJob({ target: 'local', env: { ...bench.twin.env }, job: result.job, outputs: ['mlflow_mode'] }),
    );
    expect(missing).toMatchObject({ code: 'ASSET_NOT_FOUND' });
    expect(missing.hint).toContain('did you mean mlflow_model?');
  });

  it.each(['pytorch_model', 'mlflow_model'])(
    'registers and writes nothing without the output %s',
    async (output) => {
      const removed = await removeJobFiles(bench.twin, new RegExp(`/${output}(?:_folder)?/`));
      expect(removed.length).toBeGreaterThan(0);
      const packageOut = join(bench.directory, `without-${output}`, 'package');
      const error = await failureOf(finetuneModel(bench.options({ modelName: 'lacking', packageOut })));
      expect(error).toMatchObject({ code: 'JOB_OUTPUT_MISSING', details: { output } });
      expect(error.message).toMatch(/^job "deit-finetune-\w+" has completed(?: without|, but) its output "/);
      expect(error.hint).toMatch(/aml-deit job download deit-finetune-\w+ --logs .*--again/);
      expect(await listModels({ target: 'local', env: { ...bench.twin.env }, name: 'lacking' })).toEqual({
        versions: [],
      });
      // Folders on the way are everybody's, as any that a command makes.
      const plain = join(bench.directory, `plain-${output}`);
      mkdirSync(plain);
      expect(statSync(dirname(packageOut)).mode).toBe(statSync(plain).mode);
      expect([packageOut, `${packageOut}.download`].filter((path) => existsSync(path))).toEqual([]);
    },
  );

  it('takes a YAML and single inputs over it, and starts anew after a failure', async () => {
    const folder = join(bench.directory, 'yaml');
    mkdirSync(folder);
    const { files } = await generateFinetune({
      out: folder,
      task: 'multiclass',
      trainingData: join(bench.directory, 'train'),
      validationData: join(bench.directory, 'validation'),
      testData: join(bench.directory, 'test'),
      applyOrt: 'leave-out',
    });
    const options = bench.options({
      file: files[0]?.path ?? '',
      inputs: { random_seed: '5', max_steps: '3', deepspeed_config: '' },
      packageOut: join(folder, 'out', 'package'),
      modelName: 'from-yaml',
    });
    bench.twin.faults.add({ kind: 'node-killed', path: '**/image_classification_finetune', times: 1 });
    const failed = await failureOf(finetuneModel(options));
    expect(failed.code).toBe('JOB_FAILED');
    expect(failed.message).toContain('step "image_classification_finetune" of job "deit-finetune-');
    // Another model's package is in the way.
    cpSync(join(bench.directory, 'base'), join(folder, 'out', 'package'), { recursive: true });
    const host = recordingHost();
    const result = await finetuneModel({ ...options, host });
    expect(result.job).toMatch(/-2$/);
    expect(host.messages.map(({ code }) => code)).toContain('package-replaced');
    expect(result.metrics['epoch']).toBe(3);
    const { run } = await showJob({ target: 'local', env: { ...bench.twin.env }, job: result.job });
    expect(run.status).toBe('Completed');
  });

  it.each([
    'finetune_common_validation',
    'image_classification_model_import',
    'image_classification_finetune',
  ])('says first that %s failed, and how, when that step does', async (step) => {
    bench.twin.faults.add({ kind: 'node-killed', path: `**/${step}`, times: 1 });
    const error = await failureOf(finetuneModel(bench.options({ inputs: { max_steps: '1' } })));
    expect(error.code).toBe('JOB_FAILED');
    expect(error.message).toMatch(new RegExp(`^step "${step}" of job "deit-finetune-[\\w-]+" failed: .+`));
    expect(error.details).toMatchObject({ step, logs: expect.any(Array) as unknown });
  });

  it('brings labels of any text through to the answers of the endpoint', async () => {
    const names: Readonly<Record<string, string>> = {
      can: 'can, 0.33 l "cold"',
      carton: "it's a carton; 50 %",
      milk_bottle: '水 🥛',
      water_bottle: ' größe\u00a01 ',
    };
    const label = (name: string): string => names[name] ?? name;
    const table = (split: string): Promise<string> =>
      drawTable({ directory: join(bench.directory, 'odd', split), split, perClass: 4, label });
    const [trainingData, validationData, testData] = [
      await table('train'),
      await table('validation'),
      await table('test'),
    ];
    const options = { target: 'local', env: { ...bench.twin.env } } as const;
    const result = await finetuneModel(
      bench.options({
        trainingData,
        validationData,
        testData,
        packageOut: join(bench.directory, 'odd-package'),
        modelName: 'odd',
        deployTo: 'odd',
        inputs: { max_steps: '5' },
      }),
    );
    const sorted = Object.values(names).sort();
    expect([...result.labels].sort()).toEqual(sorted);
    const { results } = await invokeOnline({
      ...options,
      endpoint: 'odd',
      images: [join(testData, 'can-0.png')],
      topK: 4,
    });
    const [answer] = results;
    expect(answer?.ok === true && answer.classes.map((found) => found.label).sort()).toEqual(sorted);
    const report = await evaluateModels({
      ...options,
      task: 'multiclass',
      models: ['azureml:odd:1'],
      testData,
      out: join(bench.directory, 'odd-report'),
      watchIntervalMs: 50,
    });
    expect([...(report.models[0]?.classes ?? [])].sort()).toEqual(sorted);
  });

  it.each([
    [
      'an unknown input',
      { inputs: { number_of_epoch: '3' } },
      'GENERATE_OPTIONS_INVALID',
      '"number_of_epoch" is no input',
    ],
    [
      'a number that trains nothing',
      { inputs: { number_of_epochs: '-1' } },
      'GENERATE_OPTIONS_INVALID',
      'number_of_epochs is -1, expected a whole number of at least 1',
    ],
    ['half a picture', { inputs: { training_batch_size: '0.5' } }, 'GENERATE_OPTIONS_INVALID', 'is 0.5'],
    [
      'too fast a training',
      { inputs: { learning_rate: '1' } },
      'GENERATE_OPTIONS_INVALID',
      'learning_rate is 1,',
    ],
    ['a bad model name', { modelName: 'a b' }, 'NAME_INVALID', 'the model name "a b"'],
    ['a bad endpoint', { deployTo: '-' }, 'NAME_INVALID', 'the endpoint name "-"'],
    ['a package below a file', { packageOut: '/dev/null/x' }, 'OUTPUT_EXISTS', '/dev/null/x is a file or'],
    [
      'a package among other files',
      { packageOut: '/etc' },
      'OUTPUT_EXISTS',
      '/etc holds what is no model package',
    ],
    ['a wrong type', { inputs: { number_of_epochs: 'many' } }, 'DOCUMENT_INVALID', 'number_of_epochs'],
    ['strategies that differ', { inputs: { save_strategy: 'steps' } }, 'DOCUMENT_INVALID', 'save_strategy'],
    ['a size that is not for it', { sku: 'Standard_D4as_v4' }, 'SKU_REFUSED', 'Standard_D4as_v4'],
    ['data that is not there', { trainingData: '/nowhere' }, 'FILE_NOT_FOUND', '/nowhere'],
    [
      'a cluster that is not there',
      { compute: 'other', createCompute: false },
      'COMPUTE_NOT_FOUND',
      'there is no compute "other"',
    ],
  ] as const)('refuses %s before anything is submitted', async (_what, more, code, message) => {
    const before = await jobs();
    const error = await failureOf(finetuneModel(bench.options(more)));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(await jobs()).toEqual(before);
  });

  it('refuses an empty split before anything is submitted', async () => {
    const before = await jobs();
    const empty = join(bench.directory, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'MLTable'), readFileSync(join(bench.directory, 'train', 'MLTable')));
    writeFileSync(join(empty, 'rows.jsonl'), '');
    const error = await failureOf(finetuneModel(bench.options({ validationData: empty })));
    expect(error.code).toBe('TRAINING_DATA_INVALID');
    expect(error.message).toMatch(/empty, given as \w*validation\w*, has no rows$/);
    expect(await jobs()).toEqual(before);
  });

  it('says which row of the data is wrong, by the step that looked', async () => {
    const bad = join(bench.directory, 'bad');
    mkdirSync(bad);
    writeFileSync(join(bad, 'MLTable'), readFileSync(join(bench.directory, 'train', 'MLTable')));
    writeFileSync(join(bad, 'rows.jsonl'), '{"image_url": "x.png", "label": ["a"]}\n');
    const error = await failureOf(finetuneModel(bench.options({ trainingData: bad })));
    expect(error.code).toBe('JOB_FAILED');
    expect(error.message).toContain('step "finetune_common_validation"');
    expect(error.message).toContain('rows.jsonl:1 has ["a"] as "label", expected one label as text');
  });
});
