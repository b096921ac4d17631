import { string as stringArg } from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { renderCodeList, renderExplanations } from '../cli/render-explanation.ts';

export default class Explain extends BaseCommand {
  static override summary = 'Say what the code of a finding or an error means, why, and what to do.';
  static override description = 'Without a code, lists all of them.';
  static override examples = [
    '<%= config.bin %> explain',
    '<%= config.bin %> explain traffic-sum DOCUMENT_INVALID',
  ];
  static override args = {
    code: stringArg({
      description: 'code as a finding or an error prints it, in any case; several may be given',
      multiple: true,
      ignoreStdin: true,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    const { explain } = await import('../actions/explain.ts');
    const codes = args.code ?? [];
    if (codes.length === 0) this.finish(flags, await explain(), renderCodeList);
    else this.finish(flags, await explain({ codes }), renderExplanations);
  }
}
