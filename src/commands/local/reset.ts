import { boolean } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';

export default class LocalReset extends BaseCommand {
  static override summary = 'Stop the local twin and delete all that it keeps.';
  static override flags = {
    yes: boolean({ char: 'y', description: 'do not ask' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(LocalReset);
    const { localReset } = await import('../../actions/local-reset.ts');
    const result = await localReset({ host: this.host, signal: this.signal, yes: flags.yes });
    this.finish(flags, result, ({ directory }) => `deleted ${directory}`);
  }
}
