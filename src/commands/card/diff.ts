import { string } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderCardDiff } from '../../cli/render-card-diff.ts';

const description = 'a version that is known (15, 20), or a file of metadata';

export default class CardDiff extends BaseCommand {
  static override summary = 'Compare two cards: allow-lists, minimum specs, wire format, metadata layout.';
  static override description = `A file is the registry's spec.yaml, or what \`az ml model show\` prints as JSON or YAML. Both layouts are read: tags and
properties, as version 15 has them, and system_metadata, as version 20 has.`;
  static override examples = [
    '<%= config.bin %> card diff 15 20',
    '<%= config.bin %> card diff 15 model.json',
  ];
  static override args = {
    from: string({ description, required: true, ignoreStdin: true }),
    to: string({ description, required: true, ignoreStdin: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CardDiff);
    const { diffCard } = await import('../../actions/diff-card.ts');
    this.finish(flags, await diffCard(args), renderCardDiff);
  }
}
