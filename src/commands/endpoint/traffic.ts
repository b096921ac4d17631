import { string } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { formatTraffic } from '../../cli/format-traffic.ts';
import { parseAssignments } from '../../cli/parse-assignments.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import { AmlDeitError } from '../../errors/index.ts';

export default class EndpointTraffic extends BaseCommand {
  static override summary = 'Split the traffic of an online endpoint over its deployments.';
  static override description =
    'A deployment that is not named gets 0 %. The sum is 100, or 0 to take all away.';
  static override examples = ['<%= config.bin %> endpoint traffic deit blue=90 green=10'];
  static override strict = false;
  static override args = {
    endpoint: string({ required: true, description: 'name of the online endpoint' }),
    split: string({ required: true, description: 'DEPLOYMENT=PERCENT, several' }),
  };
  static override flags = { ...targetFlags };

  override async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(EndpointTraffic);
    const { setTraffic } = await import('../../actions/set-traffic.ts');
    const split = parseAssignments(argv.slice(1).map(String), 'DEPLOYMENT=PERCENT');
    const result = await setTraffic({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: args.endpoint,
      traffic: Object.fromEntries(
        Object.entries(split).map(([name, percent]) => [name, parsePercent(name, percent)]),
      ),
    });
    this.finish(flags, result, ({ before, after, changed }) =>
      changed
        ? `traffic: ${formatTraffic(before)} → ${formatTraffic(after)}\n`
        : `traffic is ${formatTraffic(after)} already\n`,
    );
  }
}

function parsePercent(name: string, text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new AmlDeitError(
    'TRAFFIC_INVALID',
    `traffic of "${name}" is "${text}": expected a whole number from 0 to 100`,
  );
}
