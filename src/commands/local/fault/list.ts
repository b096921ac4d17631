import { BaseCommand } from '../../../cli/base-command.ts';
import { renderFaults } from '../../../cli/render-faults.ts';

export default class LocalFaultList extends BaseCommand {
  static override summary = 'List the fault rules of the local twin, and what each has hit.';

  override async run(): Promise<void> {
    const { flags } = await this.parse(LocalFaultList);
    const { localFaultList } = await import('../../../actions/local-fault-list.ts');
    const result = await localFaultList({ host: this.host, signal: this.signal });
    this.finish(flags, result, ({ faults }) => renderFaults(faults));
  }
}
