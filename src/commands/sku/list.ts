import { boolean, integer, option } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { parseDay } from '../../cli/parse-day.ts';
import { renderSkuCsv, renderSkuList } from '../../cli/render-sku-list.ts';
import { asOfFlag, taskNames } from '../../cli/sku-flags.ts';

export default class SkuList extends BaseCommand {
  static override summary = 'List the VM sizes that are known, and what each is allowed for.';
  static override description = `Every size on the card, every size on the documented list for managed online endpoints, and some that people ask
for. Every filter that is given must hold.`;
  static override examples = [
    '<%= config.bin %> sku list --for finetune --live',
    '<%= config.bin %> sku list --no-gpu --min-vcpus 8 --max-vcpus 16 --csv',
  ];
  static override flags = {
    for: option({ description: 'only sizes on the allow-list of this task', options: taskNames })(),
    gpu: boolean({ description: 'only sizes with a GPU, or without one', allowNo: true }),
    'min-vcpus': integer({ description: 'at least so many vCPUs', helpValue: 'N', min: 0 }),
    'max-vcpus': integer({ description: 'at most so many vCPUs', helpValue: 'N', min: 0 }),
    'min-memory': integer({ description: 'at least so much memory, in GiB', helpValue: 'GIB', min: 0 }),
    'min-disk': integer({ description: 'at least so much temporary disk, in GiB', helpValue: 'GIB', min: 0 }),
    live: boolean({
      description: 'only sizes that are neither retired, nor to be retired, nor closed to new subscriptions',
    }),
    'managed-online': boolean({
      description: 'only sizes on the documented list for managed online endpoints, or not on it',
      allowNo: true,
    }),
    csv: boolean({ description: 'print comma-separated values', exclusive: ['json'] }),
    'as-of': asOfFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(SkuList);
    const asOf = flags['as-of'] === undefined ? undefined : parseDay(flags['as-of']);
    const { listSku } = await import('../../actions/list-sku.ts');
    const result = await listSku({
      ...(flags.for === undefined ? {} : { task: flags.for }),
      ...(flags.gpu === undefined ? {} : { gpu: flags.gpu }),
      ...(flags['min-vcpus'] === undefined ? {} : { minVcpus: flags['min-vcpus'] }),
      ...(flags['max-vcpus'] === undefined ? {} : { maxVcpus: flags['max-vcpus'] }),
      ...(flags['min-memory'] === undefined ? {} : { minMemoryGiB: flags['min-memory'] }),
      ...(flags['min-disk'] === undefined ? {} : { minTempDiskGiB: flags['min-disk'] }),
      ...(flags.live ? { live: true } : {}),
      ...(flags['managed-online'] === undefined ? {} : { managedOnline: flags['managed-online'] }),
      ...(asOf === undefined ? {} : { asOf }),
    });
    this.finish(flags, result, flags.csv ? renderSkuCsv : renderSkuList);
  }
}
