import { boolean, integer } from '@oclif/core/flags';
import { exitCodes } from '../../errors/index.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderRecommendation } from '../../cli/render-recommendation.ts';
import { skuUseFlags, skuUseOptions } from '../../cli/sku-flags.ts';

export default class SkuRecommend extends BaseCommand {
  static override summary = 'Recommend the smallest sound VM sizes, and say why the others are out.';
  static override description =
    'Sizes without a GPU come first. Exit code 3 when no size of the list can be used.';
  static override examples = [
    '<%= config.bin %> sku recommend --for inference --no-gpu --max-vcpus 8',
    '<%= config.bin %> sku recommend --for finetune --instances 2 --quota usage.json',
  ];
  static override flags = {
    ...skuUseFlags,
    gpu: boolean({ description: 'only sizes with a GPU, or without one', allowNo: true }),
    'max-vcpus': integer({ description: 'at most so many vCPUs', helpValue: 'N', min: 1 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SkuRecommend);
    const use = skuUseOptions(flags);
    const { recommendSku } = await import('../../actions/recommend-sku.ts');
    const result = await recommendSku({
      ...use,
      ...(flags.gpu === undefined ? {} : { gpu: flags.gpu }),
      ...(flags['max-vcpus'] === undefined ? {} : { maxVcpus: flags['max-vcpus'] }),
    });
    const isUsable = result.recommended.length + result.withWarnings.length > 0;
    this.finish(flags, result, renderRecommendation, isUsable ? 0 : exitCodes.invalid);
  }
}
