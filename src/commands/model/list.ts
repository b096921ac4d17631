import { string as stringArgument } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderModels } from '../../cli/render-models.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class ModelList extends BaseCommand {
  static override summary = 'List the registered models of the workspace, or the versions of one.';
  static override examples = ['<%= config.bin %> model list', '<%= config.bin %> model list deit'];

  static override args = {
    name: stringArgument({ description: 'list the versions of this model' }),
  };
  static override flags = { ...targetFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelList);
    const { listModels } = await import('../../actions/list-models.ts');
    const result = await listModels({
      ...connectOptions(flags),
      ...(args.name === undefined ? {} : { name: args.name }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderModels);
  }
}
