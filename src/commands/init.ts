import { string as stringArgument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.ts';
import { definedOnly } from '../cli/defined-only.ts';
import { servingFlag, taskFlag } from '../cli/generate-flags.ts';
import { renderGenerate } from '../cli/render-generate.ts';

export default class Init extends BaseCommand {
  static override summary = 'Write a whole project: documents of every kind, configuration and CI recipe.';
  static override description =
    'Writes aml-deit.yml, aml-deit.lock, the Azure ML documents in azureml/, a CI recipe, and lines for .gitignore. Run again with the same flags it changes nothing.';
  static override examples = [
    '<%= config.bin %> init fridge --name fridge --task multilabel',
    '<%= config.bin %> init --subscription ID --resource-group GROUP --workspace NAME --ci azure',
  ];
  static override args = {
    directory: stringArgument({ description: "the project's folder", default: '.' }),
  };
  static override flags = {
    name: string({ description: 'what names of endpoints, clusters and models begin with', default: 'deit' }),
    serving: servingFlag(),
    task: taskFlag(),
    image: string({ description: "scoring image; the local twin's by default", helpValue: 'REF' }),
    sku: string({ description: "VM size that serves, on the card's inference list" }),
    'gpu-sku': string({ description: "VM size that fine-tunes and evaluates, on the card's fine-tune list" }),
    subscription: string({ description: 'subscription id for aml-deit.yml' }),
    'resource-group': string({ description: 'resource group for aml-deit.yml' }),
    workspace: string({ description: 'workspace for aml-deit.yml' }),
    cloud: string({ description: 'AzureChinaCloud or AzureUSGovernment, for aml-deit.yml' }),
    ci: option({
      options: ['github', 'azure', 'none'] as const,
      description: 'GitHub Actions, Azure Pipelines, or no recipe',
      default: 'github',
    })(),
    force: boolean({ description: 'replace files that are there with other content' }),
    'dry-run': boolean({ description: 'show what would be written as a diff, and write nothing' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Init);
    const { initProject } = await import('../actions/init-project.ts');
    const { name, serving, task, image, sku, subscription, workspace, cloud, ci, force } = flags;
    const result = await initProject({
      directory: args.directory,
      ...definedOnly({ name, serving, task, image, sku, subscription, workspace, cloud, ci, force }),
      ...definedOnly({ gpuSku: flags['gpu-sku'], resourceGroup: flags['resource-group'] }),
      dryRun: flags['dry-run'],
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderGenerate);
  }
}
