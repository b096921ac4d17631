import type { ListedSku, SkuFilter } from '../card/index.ts';
import { AmlDeitError } from '../errors/index.ts';

export interface ListSkuOptions extends SkuFilter {
  /** The day (UTC) to judge by: decides what is live. Today when left out. */
  readonly asOf?: Date;
}

export interface SkuListResult {
  /** `YYYY-MM-DD`. */
  readonly asOf: string;
  /** `YYYY-MM-DD`: when the facts about the sizes were collected. */
  readonly catalogueAsOf: string;
  /** Sizes without a GPU first, the smallest first. */
  readonly skus: readonly ListedSku[];
}

/** The VM sizes that are known, narrowed by what is asked for. */
export async function listSku(options: ListSkuOptions = {}): Promise<SkuListResult> {
  const { listSkus, vmSizesAsOf } = await import('../card/index.ts');
  const { asOf = new Date(), ...filter } = options;
  if (Number.isNaN(asOf.getTime()))
    throw new AmlDeitError('USAGE', 'the date to judge by is not a valid date');
  return {
    asOf: asOf.toISOString().slice(0, 10),
    catalogueAsOf: vmSizesAsOf,
    skus: listSkus(filter, asOf),
  };
}
