import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWatchdog } from '../../../src/vision/watchdog.ts';

describe('a watchdog', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('bites once, when there is work and nothing happens', () => {
    const bite = vi.fn();
    const watchdog = startWatchdog(1000, bite);
    vi.advanceTimersByTime(10_000);
    watchdog.progress(true);
    vi.advanceTimersByTime(1499);
    expect([bite.mock.calls.length, watchdog.hasBitten]).toEqual([0, false]);
    vi.advanceTimersByTime(1);
    expect([bite.mock.calls.length, watchdog.hasBitten]).toEqual([1, true]);
    vi.advanceTimersByTime(10_000);
    expect(bite).toHaveBeenCalledTimes(1);
  });

  it('does not bite while there is progress, when the work is done, or when it is stopped', () => {
    const bite = vi.fn();
    const watchdog = startWatchdog(1000, bite);
    for (let round = 0; round < 5; round += 1) {
      watchdog.progress(true);
      // Even when the progress comes during the grace.
      vi.advanceTimersByTime(1200);
    }
    watchdog.progress(false);
    vi.advanceTimersByTime(10_000);
    watchdog.progress(true);
    watchdog.stop();
    vi.advanceTimersByTime(10_000);
    expect(bite).not.toHaveBeenCalled();
  });
});
