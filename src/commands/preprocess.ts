import { string as stringArg } from '@oclif/core/args';
import { option, string } from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.ts';
import { renderPreprocess } from '../cli/render-preprocess.ts';
import { exitCodes } from '../errors/index.ts';

export default class Preprocess extends BaseCommand {
  static override summary = 'Write what the model sees of pictures, as PNG or as the final tensor.';
  static override description = `A profile is one of the four ways in which this model's pictures are prepared in practice: checkpoint (its own
preprocessor_config.json: squash to 224, bilinear), card (squash to 256, centre crop 224), deit and timm (short side 256
or 248, bicubic, centre crop 224, ImageNet statistics). Exit code 3 when a picture could not be read; the others are written.`;
  static override examples = [
    '<%= config.bin %> preprocess picture.jpg --out out/seen',
    '<%= config.bin %> preprocess a.jpg b.png --profile deit --out out/seen --format npy',
    '<%= config.bin %> preprocess picture.jpg --model my-package --out out/seen',
  ];
  static override strict = false;
  static override args = {
    images: stringArg({ description: 'picture files', required: true, ignoreStdin: true }),
  };
  static override flags = {
    profile: option({
      options: ['checkpoint', 'card', 'deit', 'timm'] as const,
      description: "checkpoint, or with --model the package's own, when left out",
    })(),
    model: string({
      description: 'take input size and preprocessing from a model package',
      helpValue: 'DIR',
    }),
    out: string({ required: true, description: 'folder for the results', helpValue: 'DIR' }),
    format: option({
      options: ['png', 'npy'] as const,
      default: 'png' as const,
      description: 'the cropped picture, or the normalised tensor as float32 [3, height, width]',
    })(),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Preprocess);
    const { preprocessImages } = await import('../actions/preprocess-images.ts');
    const result = await preprocessImages({
      images: argv as string[],
      out: flags.out,
      format: flags.format,
      ...(flags.profile === undefined ? {} : { profile: flags.profile }),
      ...(flags.model === undefined ? {} : { model: flags.model }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderPreprocess, result.failed === 0 ? 0 : exitCodes.invalid);
  }
}
