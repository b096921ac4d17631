import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderModel } from '../../cli/render-models.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class ModelShow extends BaseCommand {
  static override summary = 'Show a registered model: where its files are, and its tags.';
  static override examples = ['<%= config.bin %> model show deit', '<%= config.bin %> model show deit:3'];

  static override args = {
    model: stringArgument({ required: true, description: 'NAME (its newest version) or NAME:VERSION' }),
  };
  static override flags = { ...targetFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelShow);
    const { showModel } = await import('../../actions/show-model.ts');
    const result = await showModel({
      ...connectOptions(flags),
      model: args.model,
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderModel);
  }
}
