import { integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { generateFlags, generateOptions, taskFlag } from '../../cli/generate-flags.ts';
import { renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateEvaluate extends BaseCommand {
  static override summary = 'Write the YAML of a pipeline job that evaluates a model.';
  static override description =
    'Writes evaluate-pipeline.yml, which scores a test set and computes the metrics with pinned components, and evaluation-config.json, which names the metrics.';
  static override examples = [
    '<%= config.bin %> generate evaluate --model azureml:fridge-finetuned:1 --test-data data/test',
  ];
  static override flags = {
    ...generateFlags,
    task: taskFlag(),
    model: string({ description: "MLflow model; the card's by default", helpValue: 'REF' }),
    'test-data': string({ description: 'MLTable folder or URI', helpValue: 'DIR|URI' }),
    compute: string({ description: 'name of the cluster', default: 'deit-gpu' }),
    'batch-size': integer({ description: 'pictures at a time', min: 1, default: 32 }),
    experiment: string({ description: 'experiment of the job', default: 'deit-evaluate' }),
    'display-name': string({ description: "the job's name for people" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateEvaluate);
    const { generateEvaluate } = await import('../../actions/generate-evaluate.ts');
    const { task, model, compute, experiment } = flags;
    const result = await generateEvaluate({
      ...generateOptions(flags),
      ...definedOnly({ task, model, compute, experiment }),
      ...definedOnly({ testData: flags['test-data'], displayName: flags['display-name'] }),
      batchSize: flags['batch-size'],
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderGenerate);
  }
}
