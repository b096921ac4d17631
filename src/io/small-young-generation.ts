import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** MiB of one of the two halves of V8's young generation. By default it grows to 16. */
const semiSpaceMiB = 4;
const lookEveryMs = 50;

/**
 * Keeps V8's young generation from growing further once it has a few MiB, in this process and in threads that it starts later.
 * By itself it grows to tens of MiB of garbage where much is allocated and dropped, because the machine seems to have the
 * memory: right for a compiler, wrong for a scorer that a container's limit may end. V8 takes the limit itself only on
 * its command line, but reads by how much to grow each time. For a command that owns its process, not for a library.
 */
export function keepYoungGenerationSmall(): void {
  const timer = setInterval(() => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if ((space?.space_size ?? 0) < 2 * semiSpaceMiB * 2 ** 20) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    clearInterval(timer);
  }, lookEveryMs).unref();
}

/** The same for a Node process that is started. */
export const smallYoungGeneration = [`--max-semi-space-size=${semiSpaceMiB}`] as const;
