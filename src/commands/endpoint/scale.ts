import { string as stringArg } from '@oclif/core/args';
import { integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class EndpointScale extends BaseCommand {
  static override summary = 'Change the instance count of a deployment.';
  static override args = {
    endpoint: stringArg({ required: true, description: 'name of the online endpoint' }),
  };
  static override flags = {
    ...targetFlags,
    instances: integer({ required: true, min: 1, max: 50, description: 'instances to run' }),
    deployment: string({ description: 'which deployment; the one with the most traffic by default' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EndpointScale);
    const { scaleDeployment } = await import('../../actions/scale-deployment.ts');
    const result = await scaleDeployment({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: args.endpoint,
      instances: flags.instances,
      ...(flags.deployment === undefined ? {} : { deployment: flags.deployment }),
    });
    this.finish(flags, result, ({ deployment, before, after, changed }) =>
      changed
        ? `${deployment}: ${before ?? '?'} → ${after} instances\n`
        : `${deployment} has ${after} instances already\n`,
    );
  }
}
