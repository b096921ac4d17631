import { card } from './card.ts';
import type { SkuTask } from './card.ts';
import { lifecycleFindings } from './lifecycle-findings.ts';
import { findVmSize } from './vm-sizes.ts';
import type { VmSize } from './vm-sizes.ts';

/**
 * The sizes of a task's allow-list that are not retired on `day` (`YYYY-MM-DD`) and are most like `size`: those with
 * GPUs for a size with GPUs and without for one without (any where the list has none of the kind), by how many
 * doublings of vCPUs, memory and GPUs lie between. Those that are to be retired or are closed to new subscriptions
 * come only after all that stay.
 */
export function nearestUsableSizes(size: VmSize, task: SkuTask, day: string, limit = 3): VmSize[] {
  const usable = card.allowLists[task]
    .map((name) => findVmSize(name))
    .filter((listed): listed is VmSize => listed !== undefined && listed.name !== size.name)
    .map((listed) => ({
      listed,
      distance: distance(size, listed),
      codes: lifecycleFindings(listed, day).map(({ code }) => code),
    }))
    .filter(({ codes }) => !codes.includes('sku-retired'));
  const sameKind = usable.filter(({ listed }) => listed.gpus > 0 === size.gpus > 0);
  return (sameKind.length > 0 ? sameKind : usable)
    .sort((a, b) => Number(a.codes.length > 0) - Number(b.codes.length > 0) || a.distance - b.distance)
    .slice(0, limit)
    .map(({ listed }) => listed);
}

function distance(a: VmSize, b: VmSize): number {
  const doublings = (x: number, y: number): number => Math.abs(Math.log2(x / y));
  // Where the memory of one is not known, the other figures decide.
  const memory = a.memoryGiB === null || b.memoryGiB === null ? 0 : doublings(a.memoryGiB, b.memoryGiB);
  return doublings(a.vcpus, b.vcpus) + memory + doublings(a.gpus + 1, b.gpus + 1);
}
