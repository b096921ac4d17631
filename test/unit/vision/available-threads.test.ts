import { describe, expect, it } from 'vitest';
import { availableThreads, cgroupCpuQuota } from '../../../src/vision/available-threads.ts';

function files(contents: Record<string, string>): (file: string) => string {
  return (file) => {
    const text = contents[file];
    if (text === undefined) throw new Error(`ENOENT ${file}`);
    return text;
  };
}

describe('threads', () => {
  it.each([
    [{ '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1.5],
    [{ '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, undefined],
    [
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '400000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
      4,
    ],
    [
      { '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' },
      undefined,
    ],
    [{}, undefined],
  ])('%j is a quota of %s', (contents, quota) => {
    expect(cgroupCpuQuota(files(contents))).toBe(quota);
  });

  it('are never more than the quota and never none', () => {
    expect(availableThreads(files({ '/sys/fs/cgroup/cpu.max': '20000 100000' }))).toBe(1);
    expect(availableThreads(files({}))).toBeGreaterThan(0);
  });
});
