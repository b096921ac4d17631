import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import { AmlDeitError } from '../../errors/index.ts';

export default class EndpointDelete extends BaseCommand {
  static override summary = 'Delete an endpoint, or one of its deployments.';
  static override args = {
    endpoint: stringArg({ required: true, description: 'name of the endpoint' }),
  };
  static override flags = {
    ...targetFlags,
    kind: string({ options: ['online', 'batch'], default: 'online', description: 'which kind of endpoint' }),
    deployment: string({
      description: 'delete only this deployment of an online endpoint; it must have no traffic',
    }),
    yes: boolean({ char: 'y', description: 'do not ask' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EndpointDelete);
    const given = {
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: args.endpoint,
      yes: flags.yes,
    };
    if (flags.kind === 'batch') {
      if (flags.deployment !== undefined)
        throw new AmlDeitError('USAGE', '--deployment is for online endpoints; a batch endpoint goes whole');
      const { deleteBatchEndpoint } = await import('../../actions/delete-batch-endpoint.ts');
      this.finish(flags, await deleteBatchEndpoint(given), ({ endpoint, deleted }) =>
        deleted ? `deleted batch endpoint ${endpoint}\n` : `there is no batch endpoint ${endpoint}\n`,
      );
      return;
    }
    const { deleteEndpoint } = await import('../../actions/delete-endpoint.ts');
    const result = await deleteEndpoint({
      ...given,
      ...(flags.deployment === undefined ? {} : { deployment: flags.deployment }),
    });
    this.finish(flags, result, ({ endpoint, deployment, deleted }) => {
      const what =
        deployment === undefined ? `endpoint ${endpoint}` : `deployment ${deployment} of ${endpoint}`;
      return deleted ? `deleted ${what}\n` : `there is no ${what}\n`;
    });
  }
}
