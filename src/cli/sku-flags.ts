import { boolean, integer, option, string } from '@oclif/core/flags';
import type { SkuUseOptions } from '../actions/sku-options.ts';
import type { ImageKind, SkuTask } from '../card/index.ts';
import { parseDay } from './parse-day.ts';

// Named again, so that `--help` loads no catalogue; `satisfies` keeps them right.
export const taskNames = ['inference', 'finetune', 'evaluation'] as const satisfies readonly SkuTask[];
const imageNames = ['cpu', 'gpu'] as const satisfies readonly ImageKind[];

export const asOfFlag = string({
  description: 'judge retirement by this day instead of today',
  helpValue: 'YYYY-MM-DD',
});

/** What `sku check` and `sku recommend` hold a size against. */
export const skuUseFlags = {
  for: option({
    description: 'what the size is to be used for',
    options: taskNames,
    required: true,
  })(),
  batch: boolean({
    description: 'inference on a compute cluster: no reserve of quota, no managed-online list',
  }),
  instances: integer({
    description: 'how many machines; counts for the quota',
    default: 1,
    min: 1,
    helpValue: 'N',
  }),
  quota: string({
    description:
      "a file with the subscription's quotas: what `az ml compute list-usage` or `az vm list-usage` prints with `-o json`",
    helpValue: 'FILE',
  }),
  image: option({
    description: 'what the image is built for: warn of a GPU that it leaves idle, or that is missing',
    options: imageNames,
  })(),
  'as-of': asOfFlag,
};

export interface SkuUseFlags {
  readonly for: SkuTask;
  readonly batch: boolean;
  readonly instances: number;
  readonly quota?: string | undefined;
  readonly image?: ImageKind | undefined;
  readonly 'as-of'?: string | undefined;
}

export function skuUseOptions(flags: SkuUseFlags): SkuUseOptions {
  return {
    task: flags.for,
    batch: flags.batch,
    instances: flags.instances,
    ...(flags.quota === undefined ? {} : { quotaFile: flags.quota }),
    ...(flags.image === undefined ? {} : { image: flags.image }),
    ...(flags['as-of'] === undefined ? {} : { asOf: parseDay(flags['as-of']) }),
  };
}
