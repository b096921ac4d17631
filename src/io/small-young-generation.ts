import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at the size that it has, in this process and in threads that it starts later. By itself it grows
 * to tens of MiB of garbage where much is allocated and dropped, because the machine seems to have the memory: right for a
 * compiler, wrong for a scorer that a container's limit may end. For a command that owns its process, not for a library.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** The same for a Node process that is started, MiB of one of its two halves. */
export const smallYoungGeneration = ['--max-semi-space-size=2'] as const;
