import { integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { generateFlags, generateOptions, servingFlag } from '../../cli/generate-flags.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateOnline extends BaseCommand {
  static override summary = 'Write the YAML of an online endpoint and its deployment.';
  static override description =
    'Writes online-endpoint.yml and online-deployment.yml, complete: `deploy online --file … --file …` and `az ml` take them as they are.';
  static override examples = [
    '<%= config.bin %> generate online --endpoint fridge --model ./my-package --out azureml',
    '<%= config.bin %> generate online --serving registry --endpoint deit --dry-run',
  ];
  static override flags = {
    ...generateFlags,
    serving: servingFlag(),
    endpoint: string({ description: 'name of the endpoint', default: 'deit-endpoint' }),
    deployment: string({ description: 'name of the deployment', default: 'blue' }),
    model: string({
      description: "model package directory or registered model; for registry another than the card's",
      helpValue: 'DIR|REF',
    }),
    image: string({ description: "scoring image; the local twin's by default", helpValue: 'REF' }),
    environment: string({
      description: 'registered environment instead of image and routes',
      helpValue: 'REF',
      exclusive: ['image'],
    }),
    sku: string({ description: "VM size on the card's inference list" }),
    instances: integer({ description: 'instance count', min: 1, max: 50, default: 1 }),
    'auth-mode': option({
      options: ['key', 'aml_token', 'aad_token'] as const,
      description: 'how callers of the endpoint prove who they are',
      default: 'key',
    })(),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateOnline);
    const { generateOnline } = await import('../../actions/generate-online.ts');
    const { serving, endpoint, deployment, model, image, environment, sku } = flags;
    const result = await generateOnline({
      ...generateOptions(flags),
      ...definedOnly({ serving, endpoint, deployment, model, image, environment, sku }),
      instanceCount: flags.instances,
      authMode: flags['auth-mode'],
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderGenerate);
  }
}
