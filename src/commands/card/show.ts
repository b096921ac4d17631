import { BaseCommand } from '../../cli/base-command.ts';
import { renderCard } from '../../cli/render-card.ts';

export default class CardShow extends BaseCommand {
  static override summary = 'Show the model card: facts, allow-lists, minimum specs, request and response.';
  static override examples = ['<%= config.bin %> card show', '<%= config.bin %> card show --json'];

  async run(): Promise<void> {
    const { flags } = await this.parse(CardShow);
    const { showCard } = await import('../../actions/show-card.ts');
    this.finish(flags, await showCard(), renderCard);
  }
}
