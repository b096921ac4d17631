import { string as stringArg } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { exitCodes } from '../../errors/index.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderSkuCheck } from '../../cli/render-sku-check.ts';
import { skuUseFlags, skuUseOptions } from '../../cli/sku-flags.ts';

export default class SkuCheck extends BaseCommand {
  static override summary = "Hold VM sizes against the card's list and minimum, lifecycle and your quota.";
  static override description = `Errors (exit code 3): unknown, not on the allow-list, below the minimum spec, retired, quota too short.
Warnings: retirement announced, closed to new subscriptions, not on the managed-online list, quota not known, GPU
idle or missing. Names are compared without case; each is a choice of its own and shares no quota with the others.`;
  static override examples = [
    '<%= config.bin %> sku check Standard_D4as_v4 --for inference',
    '<%= config.bin %> sku check Standard_NC4as_T4_v3 Standard_NC6s_v3 --for finetune --as-of 2027-01-01',
    '<%= config.bin %> sku check Standard_D4as_v4 --for inference --instances 3 --quota usage.json --strict',
  ];
  static override args = {
    name: stringArg({
      description: 'VM size, such as Standard_D4as_v4; several may be given',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    ...skuUseFlags,
    strict: boolean({ description: 'let warnings count as failures' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SkuCheck);
    const use = skuUseOptions(flags);
    const { checkSku } = await import('../../actions/check-sku.ts');
    const result = await checkSku({ ...use, names: args.name, strict: flags.strict });
    this.finish(flags, result, renderSkuCheck, result.ok ? 0 : exitCodes.invalid);
  }
}
