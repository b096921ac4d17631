import { BaseCommand } from '../../cli/base-command.ts';
import { formatTable } from '../../cli/format-table.ts';
import { formatTraffic } from '../../cli/format-traffic.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class EndpointList extends BaseCommand {
  static override summary = 'List the online endpoints of the workspace.';
  static override flags = { ...targetFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(EndpointList);
    const { listEndpoints } = await import('../../actions/list-endpoints.ts');
    const result = await listEndpoints({ ...connectOptions(flags), host: this.host, signal: this.signal });
    this.finish(flags, result, ({ endpoints }) =>
      endpoints.length === 0
        ? 'there is no online endpoint\n'
        : formatTable(
            ['name', 'state', 'traffic', 'scoring URL'],
            endpoints.map(({ name, state, traffic, scoringUri }) => [
              name,
              state,
              formatTraffic(traffic),
              scoringUri ?? '',
            ]),
          ),
    );
  }
}
