import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class ModelDownload extends BaseCommand {
  static override summary = "Download a registered model's files, and check them.";
  static override description =
    'Goes on where it was interrupted, and fetches nothing that is there already. The folder appears when it is complete.';
  static override examples = [
    '<%= config.bin %> model download deit:3 --out deit-package',
    '<%= config.bin %> model download azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15 --out mlflow-model',
  ];

  static override args = {
    model: stringArgument({
      required: true,
      description:
        'NAME (its newest version), NAME:VERSION, or azureml://registries/REGISTRY/models/NAME/versions/VERSION',
    }),
  };
  static override flags = {
    ...targetFlags,
    out: string({ char: 'o', required: true, description: 'a new or empty folder' }),
    force: boolean({
      description: 'put the files into a folder that holds others, over files of the same name',
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelDownload);
    const { downloadModel } = await import('../../actions/download-model.ts');
    const result = await downloadModel({
      ...connectOptions(flags),
      model: args.model,
      out: flags.out,
      force: flags.force,
      host: this.host,
      signal: this.signal,
    });
    this.finish(
      flags,
      result,
      ({ name, version, directory, files, totalBytes, reused }) =>
        `${directory}${reused ? ' holds it already' : ''}\n${name}:${version}, ${files.length} files, ${(totalBytes / 1e6).toFixed(1)} MB`,
    );
  }
}
