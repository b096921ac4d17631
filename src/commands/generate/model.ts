import { option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { generateFlags, generateOptions, stdoutFlag } from '../../cli/generate-flags.ts';
import { renderContent, renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateModel extends BaseCommand {
  static override summary = 'Write the YAML of a model to be registered.';
  static override description =
    'Writes model.yml: a model package for the scoring image, or an MLflow model.';
  static override examples = [
    '<%= config.bin %> generate model --name fridge --path ./my-package',
    '<%= config.bin %> generate model --type mlflow_model --path azureml://jobs/JOB/outputs/mlflow_model --name fridge-finetuned',
  ];
  static override flags = {
    ...generateFlags,
    ...stdoutFlag,
    name: string({ description: 'name of the model', default: 'deit-base-patch16-224' }),
    version: string({ description: 'version of the model', default: '1' }),
    type: option({
      options: ['custom_model', 'mlflow_model'] as const,
      description: 'custom_model: a model package of ours',
      default: 'custom_model',
    })(),
    path: string({ description: 'folder or URI of the model', helpValue: 'DIR|URI' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateModel);
    const { generateModel } = await import('../../actions/generate-model.ts');
    const { name, version, type, path } = flags;
    const result = await generateModel({
      ...generateOptions(flags),
      ...definedOnly({ name, version, type, path }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, flags.stdout ? renderContent : renderGenerate);
  }
}
