import type { VmSize } from './vm-sizes.ts';

/** A floor per field. It is the minimum over an allow-list of each field by itself, so no real size need have it. */
export interface MinimumSpec {
  readonly vcpus: number;
  readonly gpus: number;
  readonly memoryGiB: number;
  readonly tempDiskGiB: number;
}

export type MinimumSpecField = keyof MinimumSpec;

export const minimumSpecFields = ['vcpus', 'gpus', 'memoryGiB', 'tempDiskGiB'] as const;

/** Reads the card's form `vCPUs|GPUs|memory GiB|temporary disk GiB`, such as `4|1|28|176`. */
export function parseMinimumSpec(text: string): MinimumSpec {
  const numbers = /^(\d+)\|(\d+)\|(\d+)\|(\d+)$/.exec(text)?.slice(1).map(Number);
  const [vcpus, gpus, memoryGiB, tempDiskGiB] = numbers ?? [];
  if (vcpus === undefined || gpus === undefined || memoryGiB === undefined || tempDiskGiB === undefined) {
    throw new RangeError(`minimum spec '${text}' is not of the form vCPUs|GPUs|memory|disk`);
  }
  return { vcpus, gpus, memoryGiB, tempDiskGiB };
}

export interface Shortfall {
  readonly field: MinimumSpecField;
  readonly actual: number;
  readonly minimum: number;
  /** `minimum - actual`, always positive: the boundary itself is enough. */
  readonly by: number;
}

/** The fields in which a size is below the floor. A figure that is not known is not below anything. */
export function shortfalls(size: Pick<VmSize, MinimumSpecField>, minimum: MinimumSpec): Shortfall[] {
  return minimumSpecFields.flatMap((field) => {
    const actual = size[field];
    if (actual === null || actual >= minimum[field]) return [];
    return [{ field, actual, minimum: minimum[field], by: minimum[field] - actual }];
  });
}
