import { string as stringArg } from '@oclif/core/args';
import { integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class EndpointLogs extends BaseCommand {
  static override summary = "Print the end of a deployment's container log.";
  static override args = {
    endpoint: stringArg({ required: true, description: 'name of the online endpoint' }),
  };
  static override flags = {
    ...targetFlags,
    deployment: string({ description: 'which deployment; the one with the most traffic by default' }),
    container: option({
      options: ['inference-server', 'storage-initializer'] as const,
      default: 'inference-server' as const,
      description: 'the scoring server, or what fetched the model for it',
    })(),
    tail: integer({ default: 500, min: 1, description: 'lines from the end' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(EndpointLogs);
    const { endpointLogs } = await import('../../actions/endpoint-logs.ts');
    const result = await endpointLogs({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: args.endpoint,
      container: flags.container,
      tail: flags.tail,
      ...(flags.deployment === undefined ? {} : { deployment: flags.deployment }),
    });
    this.finish(flags, result, ({ content }) => content);
  }
}
