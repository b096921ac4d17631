import { BaseCommand } from '../../cli/base-command.ts';
import { renderLocalStatus } from '../../cli/render-local.ts';

export default class LocalStatus extends BaseCommand {
  static override summary = 'Show the local twin, its deployments and their processes.';

  override async run(): Promise<void> {
    const { flags } = await this.parse(LocalStatus);
    const { localStatus } = await import('../../actions/local-status.ts');
    const status = await localStatus({ host: this.host, signal: this.signal });
    this.finish(flags, status, renderLocalStatus);
  }
}
