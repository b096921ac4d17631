import { boolean, integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { generateFlags, generateOptions, stdoutFlag, taskFlag } from '../../cli/generate-flags.ts';
import { parseNumber } from '../../cli/parse-number.ts';
import { renderContent, renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateFinetune extends BaseCommand {
  static override summary = 'Write the YAML of a pipeline job that fine-tunes the model.';
  static override description =
    "Writes finetune-pipeline.yml: the registry's fine-tune component at a pinned version, with the card's defaults put in.";
  static override examples = [
    '<%= config.bin %> generate finetune --task multilabel --training-data data/train --validation-data data/validation --test-data data/test',
    '<%= config.bin %> generate finetune --ort leave-out --epochs 5 --stdout',
  ];
  static override flags = {
    ...generateFlags,
    ...stdoutFlag,
    task: taskFlag(),
    model: string({ description: "MLflow model to begin with; the card's by default", helpValue: 'REF' }),
    'training-data': string({ description: 'MLTable folder or URI', helpValue: 'DIR|URI' }),
    'validation-data': string({ description: 'MLTable folder or URI', helpValue: 'DIR|URI' }),
    'test-data': string({ description: 'MLTable folder or URI', helpValue: 'DIR|URI' }),
    compute: string({ description: 'name of the GPU cluster', default: 'deit-gpu' }),
    'import-compute': string({
      description: 'name of the cluster that prepares the model; the same by default',
    }),
    sku: string({
      description: "the cluster's VM size, on the card's fine-tune list: says how many GPUs there are",
    }),
    instances: integer({ description: 'machines', min: 1, default: 1 }),
    'process-count': integer({ description: 'processes on each; one for each GPU by default', min: 1 }),
    experiment: string({ description: 'experiment of the job', default: 'deit-finetune' }),
    'display-name': string({ description: "the job's name for people" }),
    epochs: integer({ description: 'passes over the training data', min: 1, default: 15 }),
    'batch-size': integer({ description: 'pictures of one step, for each process', min: 1, default: 60 }),
    'learning-rate': string({
      description: 'learning rate at the start',
      default: '5e-5',
      helpValue: 'NUMBER',
    }),
    seed: integer({ description: 'random seed', min: 0, default: 42 }),
    deepspeed: boolean({ description: 'apply_deepspeed, as the card says', default: true, allowNo: true }),
    'deepspeed-config': string({ description: 'DeepSpeed configuration of your own', helpValue: 'FILE' }),
    ort: option({
      options: ['true', 'false', 'leave-out'] as const,
      description: 'apply_ort, as the card says; leave-out leaves the choice to the component',
      default: 'true',
    })(),
    precision: option({
      options: ['16', '32'] as const,
      description: '16 with DeepSpeed by default, else 32',
    })(),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateFinetune);
    const { generateFinetune } = await import('../../actions/generate-finetune.ts');
    const { task, model, compute, sku, experiment, epochs, seed, precision } = flags;
    const result = await generateFinetune({
      ...generateOptions(flags),
      ...definedOnly({ task, model, compute, sku, experiment, epochs, seed, precision }),
      ...definedOnly({
        trainingData: flags['training-data'],
        validationData: flags['validation-data'],
        testData: flags['test-data'],
        importCompute: flags['import-compute'],
        processCount: flags['process-count'],
        displayName: flags['display-name'],
        deepspeedConfig: flags['deepspeed-config'],
      }),
      instanceCount: flags.instances,
      batchSize: flags['batch-size'],
      learningRate: parseNumber('--learning-rate', flags['learning-rate']),
      applyDeepspeed: flags.deepspeed,
      applyOrt: flags.ort === 'leave-out' ? 'leave-out' : flags.ort === 'true',
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, flags.stdout ? renderContent : renderGenerate);
  }
}
