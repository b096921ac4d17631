import { boolean, integer, option, string } from '@oclif/core/flags';
import type { FinetuneModelOptions, FinetuneModelResult } from '../actions/finetune-model.ts';
import { definedOnly } from './defined-only.ts';
import { parseAssignments } from './parse-assignments.ts';
import { parseNumber } from './parse-number.ts';
import { connectOptions, targetFlags } from './target-flags.ts';
import { watchFlags, watchOptions } from './watch-flags.ts';

const data = 'DIR|URI';

/** The flags of `finetune multiclass` and `finetune multilabel`. */
export const finetuneFlags = {
  ...targetFlags,
  ...watchFlags,
  file: string({
    char: 'f',
    description: "a pipeline job's YAML as `generate finetune` writes it, instead of the flags below",
    helpValue: 'FILE',
  }),
  set: string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'an input of the component, over whatever else says; may be repeated',
    helpValue: 'INPUT=VALUE',
  }),
  model: string({ description: "MLflow model to begin with; the card's by default", helpValue: 'REF' }),
  'training-data': string({ description: 'MLTable folder; ./data/train by default', helpValue: data }),
  'validation-data': string({ description: 'MLTable folder; ./data/validation by default', helpValue: data }),
  'test-data': string({ description: 'MLTable folder; ./data/test by default', helpValue: data }),
  compute: string({ description: 'name of the GPU cluster; deit-gpu by default' }),
  'import-compute': string({ description: 'name of the cluster that prepares the model' }),
  sku: string({ description: "the cluster's VM size, on the card's fine-tune list" }),
  'create-compute': boolean({ description: 'make clusters that are missing; they scale down to nothing' }),
  instances: integer({ description: 'machines', min: 1 }),
  'process-count': integer({ description: 'processes on each; one for each GPU by default', min: 1 }),
  experiment: string({ description: 'experiment of the job' }),
  'display-name': string({ description: "the job's name for people" }),
  epochs: integer({ description: 'passes over the training data; 15 by default', min: 1 }),
  'batch-size': integer({ description: 'pictures of one step, for each process; 60 by default', min: 1 }),
  'learning-rate': string({ description: '5e-5 by default', helpValue: 'NUMBER' }),
  seed: integer({ description: 'random seed; 42 by default', min: 0 }),
  deepspeed: boolean({ description: 'apply_deepspeed, as the card says', allowNo: true }),
  'deepspeed-config': string({ description: 'DeepSpeed configuration of your own', helpValue: 'FILE' }),
  ort: option({
    options: ['true', 'false', 'leave-out'] as const,
    description: 'apply_ort, as the card says (true); leave-out leaves the choice to the component',
  })(),
  precision: option({
    options: ['16', '32'] as const,
    description: '16 with DeepSpeed by default, else 32',
  })(),
  'component-version': string({ description: 'another version of the component than the pinned one' }),
  wait: boolean({ default: true, allowNo: true, description: 'watch the job to its end' }),
  again: boolean({ description: 'another job although the same one has completed' }),
  'model-name': string({ description: 'name of the registered model', helpValue: 'NAME' }),
  package: string({
    description: 'where the model package goes; out/finetune/JOB by default',
    helpValue: 'DIR',
  }),
  deploy: boolean({ description: 'have an online endpoint serve the model' }),
  endpoint: string({
    description: 'name of that endpoint; the registered model by default',
    dependsOn: ['deploy'],
  }),
  'deploy-sku': string({ description: 'VM size of that deployment', dependsOn: ['deploy'] }),
  image: string({ description: 'scoring image of that deployment', dependsOn: ['deploy'] }),
};

type Flags<T> = { readonly [Name in keyof T]: T[Name] };

export interface ParsedFinetuneFlags
  extends Flags<Parameters<typeof connectOptions>[0]>, Flags<Parameters<typeof watchOptions>[0]> {
  readonly file: string | undefined;
  readonly set: string[] | undefined;
  readonly model: string | undefined;
  readonly 'training-data': string | undefined;
  readonly 'validation-data': string | undefined;
  readonly 'test-data': string | undefined;
  readonly compute: string | undefined;
  readonly 'import-compute': string | undefined;
  readonly sku: string | undefined;
  readonly 'create-compute': boolean;
  readonly instances: number | undefined;
  readonly 'process-count': number | undefined;
  readonly experiment: string | undefined;
  readonly 'display-name': string | undefined;
  readonly epochs: number | undefined;
  readonly 'batch-size': number | undefined;
  readonly 'learning-rate': string | undefined;
  readonly seed: number | undefined;
  readonly deepspeed: boolean | undefined;
  readonly 'deepspeed-config': string | undefined;
  readonly ort: 'true' | 'false' | 'leave-out' | undefined;
  readonly precision: '16' | '32' | undefined;
  readonly 'component-version': string | undefined;
  readonly wait: boolean;
  readonly again: boolean;
  readonly 'model-name': string | undefined;
  readonly package: string | undefined;
  readonly deploy: boolean;
  readonly endpoint: string | undefined;
  readonly 'deploy-sku': string | undefined;
  readonly image: string | undefined;
}

export function finetuneOptions(
  task: 'multiclass' | 'multilabel',
  flags: ParsedFinetuneFlags,
): FinetuneModelOptions {
  const { file, model, compute, sku, experiment, epochs, seed, precision } = flags;
  return {
    ...connectOptions(flags),
    ...watchOptions(flags),
    task,
    ...definedOnly({ file, model, compute, sku, experiment, epochs, seed, precision }),
    ...definedOnly({
      trainingData: flags['training-data'],
      validationData: flags['validation-data'],
      testData: flags['test-data'],
      importCompute: flags['import-compute'],
      instanceCount: flags.instances,
      processCount: flags['process-count'],
      displayName: flags['display-name'],
      batchSize: flags['batch-size'],
      applyDeepspeed: flags.deepspeed,
      deepspeedConfig: flags['deepspeed-config'],
      componentVersion: flags['component-version'],
      modelName: flags['model-name'],
      packageOut: flags.package,
      deploySku: flags['deploy-sku'],
      deployImage: flags.image,
    }),
    ...(flags['learning-rate'] === undefined
      ? {}
      : { learningRate: parseNumber('--learning-rate', flags['learning-rate']) }),
    ...(flags.ort === undefined
      ? {}
      : { applyOrt: flags.ort === 'leave-out' ? flags.ort : flags.ort === 'true' }),
    inputs: parseAssignments(flags.set ?? [], 'INPUT=VALUE'),
    createCompute: flags['create-compute'],
    wait: flags.wait,
    again: flags.again,
    ...(flags.deploy ? { deployTo: flags.endpoint ?? flags['model-name'] ?? `deit-${task}` } : {}),
  };
}

export function renderFinetune(result: FinetuneModelResult): string {
  if (result.run === null)
    return `job ${result.job} is ${result.status}\n\nwatch it: the same command without --no-wait, or aml-deit job watch ${result.job}`;
  const metrics = Object.entries(result.metrics).map(([name, value]) => `  ${name}  ${value ?? 'NaN'}`);
  const { model, deployed } = result;
  return [
    `job ${result.job} completed`,
    ...(metrics.length === 0 ? [] : ['', 'metrics', ...metrics]),
    '',
    ...(model === null ? [] : [`model     ${model.name}:${model.version}`]),
    `package   ${result.packageDirectory ?? ''} (${result.labels.length} labels)`,
    '',
    ...(deployed === null
      ? [`deploy it: ${result.deployCommand ?? ''}`]
      : [`${deployed.endpoint} serves it: ${deployed.scoringUri ?? ''}`]),
  ].join('\n');
}
