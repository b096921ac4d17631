import { string as stringArgument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { parseNumber } from '../../cli/parse-number.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import { renderExport } from '../../cli/render-export.ts';
import type { ProfileName } from '../../vision/profiles.ts';

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
    '<%= config.bin %> model export fridge-checkpoint --out fridge-int8 --precision int8 --images held-out',
    '<%= config.bin %> model export azureml:fridge:3 --out fridge-package',
    '<%= config.bin %> model export azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15 --out deit-package',
    '<%= config.bin %> model export azureml://jobs/fridge-finetune/outputs/mlflow_model_folder --out fridge-package',
  ];

  static override args = {
    source: stringArgument({
      required: true,
      description:
        "the checkpoint's folder, a file of weights with its config beside it, hf:OWNER/NAME[@REVISION], a model, job " +
        "output or folder of the workspace (azureml:…), or a registry's model (azureml://registries/…)",
    }),
  };

  static override flags = {
    ...targetFlags,
    out: string({ char: 'o', required: true, description: 'folder of the model package; new or empty' }),
    force: boolean({
      description: 'replace the model package that is there; take an int8 package that agrees too seldom',
    }),
    precision: string({
      options: ['fp32', 'int8'] as const,
      default: 'fp32',
      description:
        'int8 is a quarter of the size and several times as fast, and answers a little differently',
    }),
    images: string({ description: 'folder of pictures on which int8 is held against float32' }),
    'min-agreement': string({
      description: 'share of those pictures that both must answer alike, 0.99 by default',
    }),
    profile: string({
      options: ['checkpoint', 'card', 'deit', 'timm'] as const,
      description: "how pictures are prepared, instead of the checkpoint's preprocessor_config.json",
    }),
    labels: string({ description: 'file with the names of the classes: one a line, or JSON' }),
    'image-size': string({
      description: 'another side of the input in pixels; position embeddings are interpolated',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ModelExport);
    const number = (flag: string, text: string | undefined): number | undefined =>
      text === undefined ? undefined : parseNumber(flag, text);
    const { exportModel } = await import('../../actions/export-model.ts');
    const result = await exportModel({
      ...connectOptions(flags),
      source: args.source,
      out: flags.out,
      force: flags.force,
      precision: flags.precision as 'fp32' | 'int8',
      ...definedOnly({
        images: flags.images,
        profile: flags.profile as ProfileName | undefined,
        labels: flags.labels,
        imageSize: number('--image-size', flags['image-size']),
        minAgreement: number('--min-agreement', flags['min-agreement']),
      }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderExport);
  }
}
