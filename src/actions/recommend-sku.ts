import type { MinimumSpec, Recommendation, SkuTask } from '../card/index.ts';
import { resolveSkuUse } from './sku-options.ts';
import type { SkuUseOptions } from './sku-options.ts';

export interface RecommendSkuOptions extends SkuUseOptions {
  /** true: only sizes with a GPU; false: only sizes without; both when left out. */
  readonly gpu?: boolean;
  readonly maxVcpus?: number;
}

export interface SkuRecommendation extends Recommendation {
  readonly task: SkuTask;
  readonly instances: number;
  /** `YYYY-MM-DD`. */
  readonly asOf: string;
  /** `YYYY-MM-DD`: when the facts about the sizes were collected. */
  readonly catalogueAsOf: string;
  readonly minimum: MinimumSpec;
}

/** Sorts a task's allow-list into sizes to use, sizes to use with care, and sizes that are out, and says why. */
export async function recommendSku(options: RecommendSkuOptions): Promise<SkuRecommendation> {
  const { card, recommendSkus, vmSizesAsOf } = await import('../card/index.ts');
  const use = await resolveSkuUse(options);
  const { gpu, maxVcpus } = options;
  const recommendation = recommendSkus({
    ...use,
    ...(gpu === undefined ? {} : { gpu }),
    ...(maxVcpus === undefined ? {} : { maxVcpus }),
  });
  return {
    task: use.task,
    instances: use.instances ?? 1,
    asOf: use.asOf.toISOString().slice(0, 10),
    catalogueAsOf: vmSizesAsOf,
    minimum: card.minimumSpecs[use.task],
    ...recommendation,
  };
}
