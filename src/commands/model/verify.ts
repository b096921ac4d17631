import { string as stringArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { parseNumber } from '../../cli/parse-number.ts';
import { renderVerify } from '../../cli/render-verify.ts';

export default class ModelVerify extends BaseCommand {
  static override summary = 'Check a model package: hashes, graph, shapes; agreement and speed on pictures.';
  static override description =
    'Exit code 3 when a file is not what the manifest says, the graph does not run, or too few pictures are answered alike.';
  static override examples = [
    '<%= config.bin %> model verify deit-package',
    '<%= config.bin %> model verify deit-int8 --images held-out --against deit-package',
  ];

  static override args = {
    package: stringArgument({ required: true, description: "a model package's folder (see model export)" }),
  };
  static override flags = {
    images: string({ description: 'folder of pictures to classify' }),
    against: string({ description: 'another package of the same classes, which is shown the same pictures' }),
    'min-agreement': string({
      description: 'share of pictures that both must answer alike, 0.99 by default',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelVerify);
    const { verifyModel } = await import('../../actions/verify-model.ts');
    const least = flags['min-agreement'];
    const result = await verifyModel({
      model: args.package,
      ...(flags.images === undefined ? {} : { images: flags.images }),
      ...(flags.against === undefined ? {} : { against: flags.against }),
      ...(least === undefined ? {} : { minAgreement: parseNumber('--min-agreement', least) }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderVerify);
  }
}
