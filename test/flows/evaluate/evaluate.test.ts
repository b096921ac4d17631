import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/actions/connect.ts';
import { evaluateModels, listJobs, prepareData } from '../../../src/index.ts';
import { readFolderContent } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { temporaryFolder, writeTree } from '../../helpers/labelled-pictures.ts';
import { recordingHost } from '../../helpers/recording-host.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { removeJobFiles } from '../../helpers/twin-jobs.ts';
import { smallPackage } from '../../helpers/small-package.ts';

const labels = ['can', 'carton', 'milk bottle, "größe" 1'];
let twin: Twin;
let packages: string[];
let data: string;
let out: string;

beforeAll(async () => {
  twin = await createTwin({ jobs: { lingerMs: 0 } });
  packages = [await smallPackage(labels), await smallPackage([...labels].reverse())];
  const source = await writeTree(
    Object.fromEntries(
      labels.flatMap((label, index) =>
        [0, 1, 2, 3, 4, 5, 6].map((number) => [`${label}/${number}.png`, index * 100 + number]),
      ),
    ),
  );
  out = await temporaryFolder();
  data = join(out, 'data');
  await prepareData({
    source,
    out: data,
    task: 'multiclass',
    shares: { train: 40, validation: 0, test: 60 },
    upload: 'pictures',
    target: 'local',
    env: twin.env,
  });
  const aml = await connect({ target: 'local', env: twin.env });
  for (const [index, directory] of packages.entries()) {
    const { uri } = await aml.uploadFolder({ name: 'fridge', content: await readFolderContent(directory) });
    await aml.models.register('fridge', String(index + 1), { modelUri: uri, modelType: 'mlflow_model' });
  }
  aml.close();
});

afterAll(async () => {
  await twin.close();
  for (const directory of [out, ...packages.map((directory) => dirname(directory))])
    await rm(directory, { recursive: true, force: true });
});

const options = () =>
  ({
    task: 'multiclass',
    testData: join(data, 'test'),
    target: 'local',
    env: { ...twin.env },
    watchIntervalMs: 50,
  }) as const;

describe('evaluate', () => {
  it('scores several models by jobs at the same time, reports, and finds its jobs again', async () => {
    const models = ['azureml:fridge:1', 'azureml:fridge:2'];
    const host = recordingHost();
    const given = {
      ...options(),
      models,
      createCompute: true,
      out: join(out, 'report'),
      gate: 'accuracy>=0,log_loss<0',
    };
    const result = await evaluateModels({ ...given, host });
    expect(result.models.map(({ name, rows }) => [name, rows])).toEqual([
      ['azureml:fridge:1', 13],
      ['azureml:fridge:2', 13],
    ]);
    expect(result.models[0]?.metrics).not.toEqual(result.models[1]?.metrics);
    expect(result.models[0]?.confusion?.flat().reduce((a, b) => a + b, 0)).toBe(13);
    expect(result.models[0]?.mistakes[0]?.thumbnail).toMatch(/^data:image\/jpeg;base64,/);
    expect(result.gate.map(({ metric, passed }) => [metric, passed])).toEqual([
      ['accuracy', true],
      ['log_loss', false],
      ['accuracy', true],
      ['log_loss', false],
    ]);
    expect(result).toMatchObject({ passed: false, place: 'twin' });
    expect(await readFile(result.files.html, 'utf8')).toContain('Models side by side');

    // The same files on this machine give the same figures as the jobs.
    const here = await evaluateModels({ ...options(), models: [packages[0]!], out: join(out, 'here') });
    expect(here.models[0]?.metrics).toEqual(result.models[0]?.metrics);
    expect(here).toMatchObject({ jobs: [null], passed: true, place: 'here' });

    const again = await evaluateModels(given);
    expect(again.jobs).toEqual(result.jobs);
    expect((await listJobs(options())).jobs).toHaveLength(2);
  });

  it('tells of each preprocessing profile', async () => {
    const given = { ...options(), allProfiles: true, out: join(out, 'profiles') } as const;
    const { models } = await evaluateModels({ ...given, models: [packages[0]!] });
    // A registered model is fetched for it.
    const registered = await evaluateModels({ ...given, models: ['azureml:fridge:1'] });
    expect(registered).toMatchObject({ jobs: [null, null, null, null], place: 'here' });
    expect(registered.models.map(({ name }) => name)[1]).toBe('azureml:fridge:1 (card)');
    expect(registered.models.map(({ metrics }) => metrics)).toEqual(models.map(({ metrics }) => metrics));
    expect(models.map(({ name }) => /\((\w+)\)$/.exec(name)?.[1])).toEqual([
      'checkpoint',
      'card',
      'deit',
      'timm',
    ]);
    expect(new Set(models.map(({ metrics }) => metrics['log_loss'])).size).toBeGreaterThan(1);
  });

  it('ends with exit code 1 and the shortfall when a gate is missed', async () => {
    const args = [
      'evaluate',
      'multiclass',
      '--model',
      packages[0]!,
      '--test-data',
      join(data, 'test'),
      '--out',
      join(out, 'gate'),
      '--target',
      'local',
    ];
    const missed = await runCli([...args, '--gate', 'accuracy>=1.5'], { env: twin.env });
    expect(missed).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/gate MISSED: .* accuracy \d\.\d{4} >= 1\.5, short by \d/),
    });
    const met = await runCli([...args, '--gate', 'accuracy>=0', '--json'], { env: twin.env });
    expect(met.exitCode).toBe(0);
    expect(JSON.parse(met.stdout)).toMatchObject({
      schemaVersion: 1,
      passed: true,
      gate: [{ metric: 'accuracy', shortfall: 0 }],
    });
  });

  it.each([
    [{ gate: 'acuracy>=1' }, { code: 'USAGE', hint: 'did you mean accuracy?' }],
    [{ testData: 'nowhere' }, { code: 'FILE_NOT_FOUND', message: 'nowhere holds no MLTable' }],
    [{ models: [] }, { code: 'USAGE' }],
    [
      { models: ['./nope'] },
      { code: 'FILE_NOT_FOUND', message: expect.stringContaining('no folder "./nope"') as unknown },
    ],
    [{ config: 'nowhere.json' }, { code: 'FILE_NOT_FOUND', message: 'nowhere.json does not exist' }],
    [{ models: ['azureml:fridge:1'], compute: 'not-there' }, { code: 'COMPUTE_NOT_FOUND' }],
    [
      { models: ['azureml:fridge:1'], compute: 'wrong', createCompute: true, sku: 'Standard_DS3_v2' },
      { code: 'SKU_REFUSED' },
    ],
  ])('refuses %j before anything is submitted', async (changes, error) => {
    const before = (await listJobs(options())).jobs.length;
    await expect(
      evaluateModels({ ...options(), models: [packages[0]!], out: join(out, 'refused'), ...changes }),
    ).rejects.toMatchObject(error);
    expect((await listJobs(options())).jobs).toHaveLength(before);
  });

  it('refuses what would be found out, or lost, at the end', async () => {
    const given = { ...options(), models: [packages[0]!], out: join(out, 'refused-2') };
    const config = join(out, 'own.json');
    await writeFile(config, '{"metrics":["accuracy"]}');
    await expect(evaluateModels({ ...given, config, gate: 'log_loss<=3' })).rejects.toMatchObject({
      code: 'USAGE',
      message: `the gate is on log_loss, which ${config} does not have computed`,
    });
    await writeFile(config, 'metrics = 1');
    await expect(evaluateModels({ ...given, config })).rejects.toThrow(`${config} is not JSON`);
    await expect(evaluateModels({ ...given, out: config })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    // A report of somebody's own stays; other files are no report.
    const theirs = await writeTree({ 'report.html': 'mine', 'thesis.txt': 'x' });
    await expect(evaluateModels({ ...given, out: theirs })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    expect(await readFile(join(theirs, 'report.html'), 'utf8')).toBe('mine');
    const table = await writeTree({
      MLTable: 'paths:\n  - file: ./rows.jsonl\n',
      'rows.jsonl': '{"image_url":"1.png","label":"jar"}\n',
      '1.png': 1,
    });
    await expect(evaluateModels({ ...given, testData: table })).rejects.toMatchObject({
      code: 'EVALUATION_DATA_INVALID',
      message: expect.stringMatching(
        /knows not one label of the test data: .*, the data's "jar"$/,
      ) as unknown,
    });
    expect((await readdir(given.out)).sort()).toEqual([]);
  });

  it("gives the failing step's own error", async () => {
    const table = await writeTree({
      MLTable: 'paths:\n  - file: ./rows.jsonl\n',
      'rows.jsonl': '{"image_url":"1.png","label":"can"}\n',
      '1.png': 'no picture',
    });
    const failing = evaluateModels({
      ...options(),
      testData: table,
      models: ['azureml:fridge:1'],
      out: join(out, 'failed'),
    });
    await expect(failing).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringContaining('1.png'),
    });
  });

  it.each(['model_prediction', 'compute_metrics'])(
    'says first that %s failed, and how, when that step does',
    async (step) => {
      twin.faults.add({ kind: 'node-killed', path: `**/${step}`, times: 1 });
      const error = await failureOf(
        evaluateModels({ ...options(), models: ['azureml:fridge:1'], out: join(out, 'killed'), again: true }),
      );
      expect(error.code).toBe('JOB_FAILED');
      expect(error.message).toMatch(new RegExp(`^step "${step}" of job "deit-evaluate-[\\w-]+" failed: .+`));
      expect(error.details).toMatchObject({ step, logs: expect.any(Array) as unknown });
      expect(await readdir(join(out, 'killed'))).toEqual([]);
    },
  );

  it.each([
    [
      'evaluation_result',
      /\/evaluationResult\/metrics\.json$/,
      ', but its output "evaluation_result" has no evaluationResult/metrics.json',
    ],
    [
      'prediction_probabilities',
      /prediction_probabilities/,
      ' without its output "prediction_probabilities"',
    ],
  ] as const)('leaves nothing of a job that lost its output %s', async (output, like, how) => {
    const given = { ...options(), models: ['azureml:fridge:2'], out: join(out, `without-${output}`) };
    expect((await removeJobFiles(twin, like)).length).toBeGreaterThan(0);
    const error = await failureOf(evaluateModels(given));
    expect(error).toMatchObject({ code: 'JOB_OUTPUT_MISSING', details: { output } });
    expect(error.message.replace(/deit-evaluate-\w+/, 'JOB')).toBe(`job "JOB" has completed${how}`);
    expect(await readdir(given.out)).toEqual([]);
  });
});
