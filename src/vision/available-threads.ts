import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many threads may compute at once: what the scheduler's affinity allows, cut to the container's CPU quota.
 * ONNX Runtime itself counts the host's cores, and more threads than quota are stopped for most of each period.
 */
export function availableThreads(
  readText: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): number {
  const quota = cgroupCpuQuota(readText);
  const threads = availableParallelism();
  return Math.max(1, quota === undefined ? threads : Math.min(threads, Math.floor(quota)));
}

/** CPUs' worth of time that the control group grants; undefined without a limit (or without control groups). */
export function cgroupCpuQuota(readText: (file: string) => string): number | undefined {
  const read = (file: string): string[] => {
    try {
      return readText(file).trim().split(/\s+/);
    } catch {
      return [];
    }
  };
  const [quota, period] = read('/sys/fs/cgroup/cpu.max');
  const [quotaV1] = read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const [periodV1] = read('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  const cpus = quota === undefined ? Number(quotaV1) / Number(periodV1) : Number(quota) / Number(period);
  return Number.isFinite(cpus) && cpus > 0 ? cpus : undefined;
}
