import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderExport } from '../../cli/render-export.ts';

export default class ModelExport extends BaseCommand {
  static override summary = 'Make a model package of a Hugging Face ViT or DeiT checkpoint.';
  static override description =
    'Reads config.json, preprocessor_config.json and model.safetensors (float32) and writes a folder with the same ' +
    'weights, an ONNX graph that points into them, and a manifest. The folder appears whole or not at all.';
  static override examples = [
    '<%= config.bin %> model export facebook-deit-base-patch16-224 --out deit-package',
  ];

  static override args = {
    source: stringArgument({ required: true, description: "the checkpoint's folder" }),
  };

  static override flags = {
    out: string({ char: 'o', required: true, description: 'folder of the model package; new or empty' }),
    force: boolean({ description: 'replace the model package that is there' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelExport);
    const { exportModel } = await import('../../actions/export-model.ts');
    const result = await exportModel({
      source: args.source,
      out: flags.out,
      force: flags.force,
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderExport);
  }
}
