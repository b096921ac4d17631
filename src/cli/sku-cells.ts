import type { VmSize } from '../card/index.ts';
import { gpuCount } from '../card/describe-size.ts';

/** What no source states is a question mark: it is not zero. */
const unknown = '?';

export const skuColumns = ['SIZE', 'VCPU', 'GPU', 'MEMORY', 'DISK'] as const;

/** One row of a table of sizes: figures in the card's units, memory and temporary disk in GiB. */
export function skuCells(size: VmSize): string[] {
  return [
    size.name,
    String(size.vcpus),
    size.gpus === 0 ? '-' : `${gpuCount(size.gpus)} x ${size.gpuModel ?? unknown}`,
    gib(size.memoryGiB),
    gib(size.tempDiskGiB),
  ];
}

function gib(amount: number | null): string {
  return amount === null ? unknown : `${amount} GiB`;
}
