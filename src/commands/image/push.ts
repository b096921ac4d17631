import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { renderImagePush } from '../../cli/render-image.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class ImagePush extends BaseCommand {
  static override summary = 'Push an image to a container registry.';
  static override description =
    'Sends what the registry does not have, and goes on where an interrupted push stopped. Logs in as `docker login` ' +
    'left it, and to Azure Container Registry with your Azure identity. A name without a registry goes to the ' +
    "workspace's own, with --target local to the twin's.";
  static override examples = [
    '<%= config.bin %> image push team.azurecr.io/aml-deit/scorer:1 --from scorer-image',
    '<%= config.bin %> image push aml-deit/scorer:1 --from scorer-image --target local --as-environment scorer',
  ];

  static override args = {
    reference: stringArgument({ required: true, description: 'REGISTRY/REPOSITORY:TAG' }),
  };

  static override flags = {
    ...targetFlags,
    from: string({ required: true, description: 'folder of the OCI image layout', helpValue: 'DIR' }),
    'as-environment': string({
      description: 'register it as a version of this environment',
      helpValue: 'NAME[:VERSION]',
    }),
    'mount-from': string({
      multiple: true,
      description: 'repository of the same registry to take layers from',
      helpValue: 'REPOSITORY',
    }),
    'plain-http': boolean({ description: 'the registry has no TLS' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ImagePush);
    const { pushImage } = await import('../../actions/push-image.ts');
    const result = await pushImage({
      ...connectOptions(flags),
      reference: args.reference,
      from: flags.from,
      ...(flags['plain-http'] ? { plainHttp: true } : {}),
      ...definedOnly({ asEnvironment: flags['as-environment'], mountFrom: flags['mount-from'] }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderImagePush);
  }
}
