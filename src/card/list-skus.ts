import { isAllowed } from './check-skus.ts';
import { skuTasks } from './card.ts';
import type { SkuTask } from './card.ts';
import { lifecycleFindings } from './lifecycle-findings.ts';
import { vmSizes } from './vm-sizes.ts';
import type { VmSize } from './vm-sizes.ts';

/** `closing`: a retirement is announced, or new subscriptions cannot deploy it any more. */
export type SkuState = 'live' | 'closing' | 'retired';

export interface ListedSku extends VmSize {
  /** The tasks on whose allow-list it is. */
  readonly allowedFor: readonly SkuTask[];
  readonly state: SkuState;
}

/** Every filter that is given must hold. A figure that is not known meets no lower or upper bound. */
export interface SkuFilter {
  /** On the allow-list of this task. */
  readonly task?: SkuTask;
  readonly gpu?: boolean;
  readonly minVcpus?: number;
  readonly maxVcpus?: number;
  readonly minMemoryGiB?: number;
  readonly minTempDiskGiB?: number;
  /** Neither retired nor closing on the day. */
  readonly live?: boolean;
  readonly managedOnline?: boolean;
}

/** The catalogue, narrowed by a filter, as it stands on a day (UTC): smallest sizes first. */
export function listSkus(filter: SkuFilter, asOf: Date): ListedSku[] {
  const day = asOf.toISOString().slice(0, 10);
  return vmSizes
    .map((size) => listedSku(size, day))
    .filter((sku) => matches(sku, filter))
    .sort(bySize);
}

function listedSku(size: VmSize, day: string): ListedSku {
  const allowedFor = skuTasks.filter((task) => isAllowed(size, task));
  return { ...size, allowedFor, state: skuState(size, day) };
}

function skuState(size: VmSize, day: string): SkuState {
  const findings = lifecycleFindings(size, day);
  if (findings.some(({ code }) => code === 'sku-retired')) return 'retired';
  return findings.length > 0 ? 'closing' : 'live';
}

function matches(sku: ListedSku, filter: SkuFilter): boolean {
  return (
    (filter.task === undefined || sku.allowedFor.includes(filter.task)) &&
    (filter.gpu === undefined || sku.gpus > 0 === filter.gpu) &&
    (filter.minVcpus === undefined || sku.vcpus >= filter.minVcpus) &&
    (filter.maxVcpus === undefined || sku.vcpus <= filter.maxVcpus) &&
    atLeast(sku.memoryGiB, filter.minMemoryGiB) &&
    atLeast(sku.tempDiskGiB, filter.minTempDiskGiB) &&
    (filter.live === undefined || (sku.state === 'live') === filter.live) &&
    (filter.managedOnline === undefined || sku.managedOnline === filter.managedOnline)
  );
}

function atLeast(amount: number | null, minimum: number | undefined): boolean {
  return minimum === undefined || (amount !== null && amount >= minimum);
}

/** By GPUs, then vCPUs, memory, temporary disk; what is not known comes last. */
export function bySize(a: VmSize, b: VmSize): number {
  return (
    a.gpus - b.gpus ||
    a.vcpus - b.vcpus ||
    (a.memoryGiB ?? Number.MAX_VALUE) - (b.memoryGiB ?? Number.MAX_VALUE) ||
    (a.tempDiskGiB ?? Number.MAX_VALUE) - (b.tempDiskGiB ?? Number.MAX_VALUE) ||
    (a.name < b.name ? -1 : 1)
  );
}
