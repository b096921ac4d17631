import type { MinimumSpecField } from './minimum-spec.ts';
import type { VmSize } from './vm-sizes.ts';

/** `4`, `1/6`: the parts of a GPU that Azure shares out are 1/6, 1/3 and 1/2. */
export function gpuCount(gpus: number): string {
  return gpus > 0 && gpus < 1 ? `1/${Math.round(1 / gpus)}` : String(gpus);
}

/** `1 x NVIDIA Tesla T4`, `no GPU`. */
export function describeGpus(size: Pick<VmSize, 'gpus' | 'gpuModel'>): string {
  return size.gpus === 0 ? 'no GPU' : `${gpuCount(size.gpus)} x ${size.gpuModel ?? 'GPU'}`;
}

const fieldWords = {
  vcpus: ['vCPU', 'vCPUs'],
  gpus: ['GPU', 'GPUs'],
  memoryGiB: ['GiB of memory', 'GiB of memory'],
  tempDiskGiB: ['GiB of temporary disk', 'GiB of temporary disk'],
} as const satisfies Record<MinimumSpecField, readonly [string, string]>;

/** `4 vCPUs`, `1/6 GPU`, `14 GiB of memory`. */
export function describeAmount(field: MinimumSpecField, amount: number): string {
  const [one, many] = fieldWords[field];
  const words = amount > 0 && amount <= 1 ? one : many;
  return `${field === 'gpus' ? gpuCount(amount) : String(amount)} ${words}`;
}

/** `4 vCPU, no GPU, 14 GiB memory, 28 GiB temporary disk`; a figure that no source states is `unknown`. */
export function describeSize(size: VmSize): string {
  const known = (gib: number | null): string => (gib === null ? 'unknown' : `${gib} GiB`);
  return `${size.vcpus} vCPU, ${describeGpus(size)}, ${known(size.memoryGiB)} memory, ${known(size.tempDiskGiB)} temporary disk`;
}
