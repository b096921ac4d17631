import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderExport } from '../../cli/render-export.ts';

export default class ModelExport extends BaseCommand {
  static override summary = 'Make a model package of a ViT or DeiT checkpoint.';
  static override description =
    "Reads a folder of Hugging Face or timm, an MLflow model, or a file of weights (safetensors or PyTorch's, of which " +
    'nothing is executed) with its config beside it, and writes a folder with the weights in float32, an ONNX graph ' +
    'that points into them, and a manifest. The folder appears whole or not at all.';
  static override examples = [
    '<%= config.bin %> model export hf:facebook/deit-base-patch16-224 --out deit-package',
    '<%= config.bin %> model export facebook-deit-base-patch16-224 --out deit-package',
    '<%= config.bin %> model export finetune-job/mlflow_model_folder --out fridge-package',
    '<%= config.bin %> model export training/best.pth --out best-package',
  ];

  static override args = {
    source: stringArgument({
      required: true,
      description: "the checkpoint's folder, a file of weights with its config beside it, or hf:OWNER/NAME[@REVISION]",
    }),
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
