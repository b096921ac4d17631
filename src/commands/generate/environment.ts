import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { generateFlags, generateOptions, stdoutFlag } from '../../cli/generate-flags.ts';
import { renderContent, renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateEnvironment extends BaseCommand {
  static override summary = 'Write the YAML of an environment of the scoring image.';
  static override description =
    'Writes environment.yml: the image, or a folder with a Dockerfile that Azure ML builds it from, and where it answers.';
  static override examples = [
    '<%= config.bin %> generate environment --image acr.azurecr.io/aml-deit/scorer:0.1.0 --stdout',
    '<%= config.bin %> generate environment --build --out azureml',
  ];
  static override flags = {
    ...generateFlags,
    ...stdoutFlag,
    name: string({ description: 'name of the environment', default: 'aml-deit-scorer' }),
    version: string({ description: "version of the environment; aml-deit's by default" }),
    build: boolean({
      description: 'a folder that Azure ML builds the image from, instead of an image',
      exclusive: ['image', 'stdout'],
    }),
    base: string({
      description: 'base of the image that is built, with Node and npm; node:24-bookworm-slim by default',
      dependsOn: ['build'],
      helpValue: 'REF',
    }),
    image: string({ description: "scoring image; the local twin's by default", helpValue: 'REF' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateEnvironment);
    const { generateEnvironment } = await import('../../actions/generate-environment.ts');
    const { name, version, image, base } = flags;
    const result = await generateEnvironment({
      ...generateOptions(flags),
      ...definedOnly({ name, version, image, base }),
      build: flags.build,
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, flags.stdout ? renderContent : renderGenerate);
  }
}
