import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { exitCodes } from '../../errors/index.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderCardLock } from '../../cli/render-card-lock.ts';

export default class CardLock extends BaseCommand {
  static override summary = 'Write aml-deit.lock: the version, what its card states, its wire format.';
  static override description = `Documents are held against it, so that another version, another wire format or a card that the registry has changed
does not go by unseen. With --check nothing is written; exit code 3 when the lock does not fit.`;
  static override examples = [
    '<%= config.bin %> card lock',
    '<%= config.bin %> card lock --check',
    '<%= config.bin %> card lock model.json --check',
  ];
  static override args = {
    card: stringArg({
      description:
        'a version that is known (15, 20), or a file of metadata; 15, or with --check the locked version, when left out',
      ignoreStdin: true,
    }),
  };
  static override flags = {
    file: string({ description: 'where the lock is', default: 'aml-deit.lock', helpValue: 'FILE' }),
    check: boolean({ description: 'hold the lock that is there against the card' }),
    force: boolean({ description: 'replace a lock that differs', exclusive: ['check'] }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CardLock);
    const { lockCard } = await import('../../actions/lock-card.ts');
    const result = await lockCard({
      ...(args.card === undefined ? {} : { card: args.card }),
      file: flags.file,
      check: flags.check,
      force: flags.force,
    });
    this.finish(flags, result, renderCardLock, result.ok ? 0 : exitCodes.invalid);
  }
}
