import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { parseAssignments } from '../../cli/parse-assignments.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class ModelPush extends BaseCommand {
  static override summary = 'Send a model package to the workspace and register it.';
  static override description =
    'Goes on where it was interrupted. The same content again sends nothing and gives the same version. Tags say where ' +
    'the weights come from, their SHA-256, precision, profile and exporter.';
  static override examples = [
    '<%= config.bin %> model push deit-package',
    '<%= config.bin %> model push deit-package --name fridge --tag team=vision',
  ];

  static override args = {
    package: stringArgument({ required: true, description: "a model package's folder (see model export)" }),
  };
  static override flags = {
    ...targetFlags,
    name: string({ description: "name of the model in the workspace; by default the package's own" }),
    description: string({ description: 'what people read about this version' }),
    tag: string({ multiple: true, description: 'a tag of your own, NAME=VALUE' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelPush);
    const { pushModel } = await import('../../actions/push-model.ts');
    const result = await pushModel({
      ...connectOptions(flags),
      model: args.package,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.description === undefined ? {} : { description: flags.description }),
      ...(flags.tag === undefined ? {} : { tags: parseAssignments(flags.tag, '--tag NAME=VALUE') }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, ({ name, version, id, isNew, uploadedBytes, totalBytes }) => {
      const sent = uploadedBytes === 0 ? 'nothing was sent' : `${(uploadedBytes / 1e6).toFixed(1)} MB sent`;
      return [
        `${name}:${version}${isNew ? '' : ' holds this package already'}`,
        id,
        `${(totalBytes / 1e6).toFixed(1)} MB, ${sent}`,
      ].join('\n');
    });
  }
}
