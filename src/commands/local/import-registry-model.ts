import { string as stringArg } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';

export default class LocalImportRegistryModel extends BaseCommand {
  static override summary = "Put a model package into the local twin's azureml registry.";
  static override description =
    'Serving by reference (--serving registry) then runs locally, with this package as a labelled stand-in for the registry model.';
  static override args = {
    directory: stringArg({ required: true, description: 'a model package (see model export)' }),
  };
  static override flags = {
    name: string({ description: "name in the registry; by default the card's" }),
    version: string({ description: "version in the registry; by default the card's" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(LocalImportRegistryModel);
    const { importRegistryModel } = await import('../../actions/import-registry-model.ts');
    const result = await importRegistryModel({
      host: this.host,
      signal: this.signal,
      directory: args.directory,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.version === undefined ? {} : { version: flags.version }),
    });
    this.finish(
      flags,
      result,
      ({ id, files, bytes }) => `${id}\n${files} files, ${(bytes / 1e6).toFixed(1)} MB`,
    );
  }
}
