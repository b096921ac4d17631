import { card } from './card.ts';
import { checkSkus } from './check-skus.ts';
import type { SkuUse } from './check-skus.ts';
import { bySize } from './list-skus.ts';
import type { SkuFinding } from './sku-finding.ts';
import { findVmSize } from './vm-sizes.ts';
import type { VmSize } from './vm-sizes.ts';

export interface RecommendSkusOptions extends SkuUse {
  /** true: only sizes with a GPU; false: only sizes without; both when left out. */
  readonly gpu?: boolean;
  readonly maxVcpus?: number;
}

export interface RankedSku {
  readonly name: string;
  readonly size: VmSize;
  readonly findings: readonly SkuFinding[];
  /** What was asked for and the size does not meet, in words. */
  readonly unmet: readonly string[];
}

export interface Recommendation {
  /** Nothing speaks against them: the smallest first. */
  readonly recommended: readonly RankedSku[];
  /** They work, with warnings: the smallest first. */
  readonly withWarnings: readonly RankedSku[];
  /** An error speaks against them, or they are not what was asked for. */
  readonly excluded: readonly RankedSku[];
}

/** Sorts a task's allow-list into sizes to use, sizes to use with care, and sizes that are out. */
export function recommendSkus(options: RecommendSkusOptions): Recommendation {
  const all = card.allowLists[options.task]
    .map((name) => findVmSize(name))
    .filter((size): size is VmSize => size !== undefined)
    .sort(bySize)
    .map((size) => rank(size, options));
  const usable = all.filter((sku) => !isExcluded(sku));
  return {
    recommended: usable.filter(({ findings }) => findings.length === 0),
    withWarnings: usable.filter(({ findings }) => findings.length > 0),
    excluded: all.filter(isExcluded),
  };
}

function rank(size: VmSize, options: RecommendSkusOptions): RankedSku {
  return {
    name: size.name,
    size,
    findings: checkSkus({ ...options, names: [size.name] }),
    unmet: unmetWishes(size, options),
  };
}

function isExcluded({ findings, unmet }: RankedSku): boolean {
  return unmet.length > 0 || findings.some(({ severity }) => severity === 'error');
}

function unmetWishes(size: VmSize, { gpu, maxVcpus }: RecommendSkusOptions): string[] {
  const unmet: string[] = [];
  if (gpu === true && size.gpus === 0) unmet.push('it has no GPU');
  if (gpu === false && size.gpus > 0) unmet.push('it has a GPU');
  if (maxVcpus !== undefined && size.vcpus > maxVcpus) {
    unmet.push(`it has ${size.vcpus} vCPUs, more than ${maxVcpus}`);
  }
  return unmet;
}
