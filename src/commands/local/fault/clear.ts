import { string as stringArg } from '@oclif/core/args';
import { BaseCommand } from '../../../cli/base-command.ts';

export default class LocalFaultClear extends BaseCommand {
  static override summary = 'Take back one fault rule of the local twin, or all.';
  static override description =
    'What waits for a rule goes on: an operation that is stuck, a process that is never ready.';
  static override args = { id: stringArg({ description: 'a rule (local fault list); all when left out' }) };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(LocalFaultClear);
    const { localFaultClear } = await import('../../../actions/local-fault-clear.ts');
    const result = await localFaultClear({
      host: this.host,
      signal: this.signal,
      ...(args.id === undefined ? {} : { id: args.id }),
    });
    this.finish(flags, result, ({ cleared }) => `fault rules taken back: ${cleared}`);
  }
}
