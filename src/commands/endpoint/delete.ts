import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class EndpointDelete extends BaseCommand {
  static override summary = 'Delete an online endpoint, or one of its deployments.';
  static override args = {
    endpoint: stringArg({ required: true, description: 'name of the online endpoint' }),
  };
  static override flags = {
    ...targetFlags,
    deployment: string({ description: 'delete only this deployment; it must have no traffic' }),
    yes: boolean({ char: 'y', description: 'do not ask' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EndpointDelete);
    const { deleteEndpoint } = await import('../../actions/delete-endpoint.ts');
    const result = await deleteEndpoint({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: args.endpoint,
      yes: flags.yes,
      ...(flags.deployment === undefined ? {} : { deployment: flags.deployment }),
    });
    this.finish(flags, result, ({ endpoint, deployment, deleted }) => {
      const what =
        deployment === undefined ? `endpoint ${endpoint}` : `deployment ${deployment} of ${endpoint}`;
      return deleted ? `deleted ${what}\n` : `there is no ${what}\n`;
    });
  }
}
