import { integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { generateFlags, generateOptions, servingFlag } from '../../cli/generate-flags.ts';
import { renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateBatch extends BaseCommand {
  static override summary = 'Write the YAML of a batch endpoint and its deployment.';
  static override description =
    'Writes batch-endpoint.yml and batch-deployment.yml. The container serving is a deployment of a pipeline component that ' +
    'runs the scoring image on every node: its files batch-pipeline.yml and batch-score.yml are written as well.';
  static override examples = [
    '<%= config.bin %> generate batch --image acr.azurecr.io/aml-deit/scorer:0.1.0 --instances 4',
    '<%= config.bin %> generate batch --serving registry --out azureml',
  ];
  static override flags = {
    ...generateFlags,
    serving: servingFlag(),
    endpoint: string({ description: 'name of the endpoint', default: 'deit-batch' }),
    deployment: string({ description: 'name of the deployment', default: 'blue' }),
    model: string({
      description: "model package directory or registered model; for registry another than the card's",
      helpValue: 'DIR|REF',
    }),
    image: string({ description: "scoring image; the local twin's by default", helpValue: 'REF' }),
    compute: string({ description: 'name of the cluster', default: 'deit-cpu' }),
    instances: integer({ description: "machines that share a job's pictures", min: 1, default: 2 }),
    'error-threshold': integer({
      description: 'registry: files that may fail before the job does; -1 for any number',
      min: -1,
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateBatch);
    const { generateBatch } = await import('../../actions/generate-batch.ts');
    const { serving, endpoint, deployment, model, image, compute } = flags;
    const result = await generateBatch({
      ...generateOptions(flags),
      ...definedOnly({ serving, endpoint, deployment, model, image, compute }),
      ...definedOnly({ errorThreshold: flags['error-threshold'] }),
      instanceCount: flags.instances,
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderGenerate);
  }
}
