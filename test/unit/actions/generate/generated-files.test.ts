import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  generateBatch,
  generateCompute,
  generateEnvironment,
  generateEvaluate,
  generateFinetune,
  generateModel,
  generateOnline,
} from '../../../../src/index.ts';
import type { ErrorCode, GenerateOptions, GenerateResult } from '../../../../src/index.ts';
import { containerDefaults, registryDefaults } from '../../../../src/actions/online/serving-defaults.ts';
import { parseOnlineDeployment, parseOnlineEndpoint } from '../../../../src/documents/index.ts';
import { parseYaml } from '../../../../src/documents/parse-yaml.ts';
import { toValue } from '../../../../src/documents/yaml-tree.ts';
import { packageVersion } from '../../../../src/io/index.ts';
import { failureOf } from '../../../helpers/failure-of.ts';
import { recordingHost } from '../../../helpers/recording-host.ts';
import type { RecordingHost } from '../../../helpers/recording-host.ts';

/** No size that the defaults name was being retired then. */
const base = {
  dryRun: true,
  asOf: new Date('2026-11-23'),
  out: 'no-such-folder',
} as const satisfies GenerateOptions;
const goldenFolder = resolve('test/golden/generate');

function valueOf(result: GenerateResult, file: string): Record<string, unknown> {
  const content = result.files.find(({ path }) => path.endsWith(file))?.content;
  if (content === undefined) throw new Error(`no ${file}`);
  const { roots, diagnostics } = parseYaml(content, file);
  expect(diagnostics).toEqual([]);
  return roots.map(toValue)[0] as Record<string, unknown>;
}

const sets: readonly (readonly [string, (options: GenerateOptions) => Promise<GenerateResult>])[] = [
  ['online-container', generateOnline],
  ['online-container-folder', (o) => generateOnline({ ...o, model: './my-package', authMode: 'aad_token' })],
  ['online-container-environment', (o) => generateOnline({ ...o, environment: 'azureml:aml-deit-scorer:1' })],
  ['online-registry', (o) => generateOnline({ ...o, serving: 'registry' })],
  ['batch-container', generateBatch],
  ['batch-registry', (o) => generateBatch({ ...o, serving: 'registry' })],
  ['finetune-multiclass', generateFinetune],
  [
    'finetune-multilabel',
    (o) => generateFinetune({ ...o, task: 'multilabel', sku: 'Standard_NC64as_T4_v3' }),
  ],
  [
    'finetune-own-deepspeed',
    (o) =>
      generateFinetune({ ...o, deepspeedConfig: './zero2.json', applyOrt: 'leave-out', precision: '32' }),
  ],
  ['finetune-plain', (o) => generateFinetune({ ...o, applyDeepspeed: false, applyOrt: false })],
  ['evaluate-multiclass', generateEvaluate],
  ['evaluate-multilabel', (o) => generateEvaluate({ ...o, task: 'multilabel', model: 'azureml:fridge:1' })],
  ['environment', generateEnvironment],
  ['model', generateModel],
  [
    'model-mlflow',
    (o) => generateModel({ ...o, type: 'mlflow_model', path: 'azureml://jobs/j/outputs/mlflow_model' }),
  ],
  ['compute-inference', generateCompute],
  ['compute-finetune', (o) => generateCompute({ ...o, task: 'finetune', lowPriority: true })],
];

describe('the generated files', () => {
  it.each(sets)('of %s are those that were looked at', async (name, generate) => {
    const { files } = await generate(base);
    for (const { path, content } of files) {
      const golden = join(goldenFolder, name, path.slice(base.out.length + 1));
      await expect(content.replaceAll(packageVersion(), 'VERSION')).toMatchFileSnapshot(golden);
    }
  });

  it.each(sets)('of %s are the same every time', async (_, generate) => {
    expect(await generate(base)).toEqual(await generate({ ...base }));
  });

  it('begin with the comment for editors where it is asked for', async () => {
    const { files } = await generateOnline({ ...base, editorSchemas: '../schemas/' });
    expect(files.map(({ content }) => content.split('\n', 1)[0])).toEqual([
      '# yaml-language-server: $schema=../schemas/managedOnlineEndpoint.schema.json',
      '# yaml-language-server: $schema=../schemas/managedOnlineDeployment.schema.json',
    ]);
  });

  it('are the examples', async () => {
    const { files } = await generateOnline({ ...base, out: 'examples', editorSchemas: '../schemas' });
    for (const { path, content } of files) expect(await readFile(path, 'utf8')).toBe(content);
  });
});

describe('generated online documents', () => {
  it.each(['container', 'registry'] as const)(
    'of %s have the probes that a deploy by flags has',
    async (serving) => {
      const { files } = await generateOnline({ ...base, serving });
      const [endpoint, deployment] = files;
      const parsedEndpoint = parseOnlineEndpoint(endpoint?.content ?? '', 'endpoint.yml');
      const parsed = parseOnlineDeployment(deployment?.content ?? '', 'deployment.yml');
      expect([...parsedEndpoint.diagnostics, ...parsed.diagnostics]).toEqual([]);
      expect(parsed.document?.endpointName).toBe(parsedEndpoint.document?.name);
      const defaults = serving === 'container' ? containerDefaults : registryDefaults;
      const seconds = (probe: (typeof defaults)['livenessProbe']): object => ({
        initialDelay: probe.initialDelaySeconds,
        period: probe.periodSeconds,
        timeout: probe.timeoutSeconds,
        failureThreshold: probe.failureThreshold,
      });
      expect(parsed.document).toMatchObject({
        requestSettings: defaults.requestSettings,
        livenessProbe: seconds(defaults.livenessProbe),
        readinessProbe: seconds(defaults.readinessProbe),
      });
    },
  );
});

const words = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '');
/** What stays as it is: no path that is meant from the current folder. */
const places = fc
  .oneof(
    words.map((text) => `azureml:${text}`),
    words.map((text) => resolve(`/${text.replaceAll(/[\0/\\.]/g, '_')}`)),
    fc.constantFrom('C:\\data\\Kühl schrank', "https://example.com/it's?a=1#b", '/x/: #y', '/yes', '/ 010'),
  )
  .filter((text) => isAbsolute(text) || !/^[a-z]:/i.test(text));

describe('what is put in', () => {
  it('comes out of the documents as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ experiment: words, displayName: words, testData: places, trainingData: places }),
        fc.double({ min: 1e-9, max: 0.9, noNaN: true }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        async (given, learningRate, seed) => {
          const finetune = await generateFinetune({ ...base, ...given, learningRate, seed });
          expect(valueOf(finetune, 'finetune-pipeline.yml')).toMatchObject({
            experiment_name: given.experiment,
            display_name: given.displayName,
            inputs: { training_data: { path: given.trainingData }, test_data: { path: given.testData } },
            jobs: {
              finetune: { inputs: { learning_rate: learningRate, random_seed: seed, precision: '16' } },
            },
          });
          const evaluate = await generateEvaluate({ ...base, ...given });
          expect(valueOf(evaluate, 'evaluate-pipeline.yml')).toMatchObject({
            experiment_name: given.experiment,
            inputs: { test_data: { path: given.testData } },
          });
          const image = given.experiment;
          const path = given.testData;
          const online = await generateOnline({ ...base, image });
          expect(valueOf(online, 'online-deployment.yml')).toMatchObject({ environment: { image } });
          expect(valueOf(await generateModel({ ...base, path }), 'model.yml')).toMatchObject({ path });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('names the same folder when it is a path from the current folder', async () => {
    // A path of blanks alone counts as none.
    const folder = fc
      .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.map((part) => part.replaceAll(/[\0/\\:]/g, '_')).join('/'))
      .filter((path) => path.trim() !== '');
    await fc.assert(
      fc.asyncProperty(folder, folder, async (out, path) => {
        const model = valueOf(await generateModel({ ...base, out, path }), 'model.yml');
        expect(model['path']).toMatch(/^\.{1,2}(?:\/|$)/);
        expect(resolve(out, String(model['path']))).toBe(resolve(path));
      }),
      { numRuns: 200 },
    );
  });
});

describe('what cannot be generated', () => {
  const online = (options: object) => () => generateOnline({ ...base, ...options });
  const finetune = (options: object) => () => generateFinetune({ ...base, ...options });
  const cases: readonly (readonly [string, () => Promise<GenerateResult>, ErrorCode, string])[] = [
    ['an endpoint of two letters', online({ endpoint: 'ab' }), 'NAME_INVALID', '"ab" has 2 characters'],
    ['a deployment with a blank', online({ deployment: 'my blue' }), 'NAME_INVALID', '"my blue"'],
    ['a size that is not listed', online({ sku: 'Standard_D4s_v5' }), 'SKU_REFUSED', 'Standard_D4s_v5'],
    ['a retired size', finetune({ sku: 'Standard_NC6s_v3' }), 'SKU_REFUSED', 'retired on 2025-09-30'],
    ['a CPU size for fine-tuning', finetune({ sku: 'Standard_D4as_v4' }), 'SKU_REFUSED', 'finetune'],
    ['51 instances', online({ instanceCount: 51 }), 'GENERATE_OPTIONS_INVALID', '51'],
    ['half an instance', online({ instanceCount: 0.5 }), 'GENERATE_OPTIONS_INVALID', '0.5'],
    [
      "the card's MLflow model in our container",
      online({ model: 'azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15' }),
      'GENERATE_OPTIONS_INVALID',
      'is an MLflow model',
    ],
    ['a model at a URL', online({ model: 'https://example.com/m' }), 'GENERATE_OPTIONS_INVALID', 'neither'],
    [
      'a model without a version',
      online({ model: 'azureml:deit' }),
      'GENERATE_OPTIONS_INVALID',
      'azureml:deit',
    ],
    [
      'a folder from the registry',
      online({ serving: 'registry', model: './m' }),
      'GENERATE_OPTIONS_INVALID',
      './m',
    ],
    [
      'an image for the registry',
      online({ serving: 'registry', image: 'x' }),
      'GENERATE_OPTIONS_INVALID',
      'image',
    ],
    [
      'image and environment',
      online({ image: 'x', environment: 'azureml:e:1' }),
      'GENERATE_OPTIONS_INVALID',
      'expected one of them',
    ],
    ['an unknown mode', online({ authMode: 'Key' }), 'GENERATE_OPTIONS_INVALID', '"Key"'],
    ['an empty path', finetune({ testData: '' }), 'GENERATE_OPTIONS_INVALID', 'a path is empty'],
    ['a learning rate of 2', finetune({ learningRate: 2 }), 'GENERATE_OPTIONS_INVALID', '2'],
    ['no learning rate', finetune({ learningRate: Number.NaN }), 'GENERATE_OPTIONS_INVALID', 'NaN'],
    [
      'a configuration for DeepSpeed that is off',
      finetune({ applyDeepspeed: false, deepspeedConfig: 'x.json' }),
      'GENERATE_OPTIONS_INVALID',
      'ignored',
    ],
    [
      'a threshold for the container',
      () => generateBatch({ ...base, errorThreshold: 1 }),
      'GENERATE_OPTIONS_INVALID',
      'registry',
    ],
    [
      'a cluster with an underscore',
      () => generateCompute({ ...base, name: 'my_gpu' }),
      'NAME_INVALID',
      'my_gpu',
    ],
    ['a model with a slash', () => generateModel({ ...base, name: 'a/b' }), 'NAME_INVALID', 'a/b'],
    ['an empty version', () => generateEnvironment({ ...base, version: '' }), 'NAME_INVALID', '""'],
  ];

  it.each(cases)('%s', async (_, generate, code, message) => {
    const error = await failureOf(generate());
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  it('leaves no folder behind', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'aml-deit-generate-'));
    try {
      await failureOf(generateOnline({ out: join(parent, 'new'), endpoint: 'ab' }));
      await expect(readFile(join(parent, 'new'))).rejects.toThrow('ENOENT');
    } finally {
      await rm(parent, { recursive: true });
    }
  });
});

describe('warnings', () => {
  it('tell of a GPU that only an MLflow model makes use of', async () => {
    const codes = async (run: (host: RecordingHost) => Promise<unknown>): Promise<string[]> => {
      const host = recordingHost();
      await run(host);
      return host.messages.map(({ code }) => code);
    };
    const sku = 'Standard_NC4as_T4_v3';
    expect(await codes((host) => generateOnline({ ...base, host, sku }))).toEqual(['sku-gpu-unused']);
    expect(await codes((host) => generateOnline({ ...base, host, model: 'nothere' }))).toEqual([
      'path-missing',
    ]);
    expect(await codes((host) => generateOnline({ ...base, host, sku, serving: 'registry' }))).toEqual([]);
    expect(await codes((host) => generateCompute({ ...base, host, sku }))).toEqual([]);
  });

  it('tell of a size that will be retired and of apply_ort', async () => {
    const host = recordingHost();
    await generateOnline({ ...base, host, sku: 'standard_ds3_v2' });
    await generateFinetune({ ...base, host });
    await generateFinetune({ ...base, host, applyOrt: 'leave-out' });
    expect(host.messages.map(({ code }) => code)).toEqual([
      'sku-retirement-announced',
      'sku-closed-to-new-subscriptions',
      'apply-ort',
    ]);
  });
});
