import { existsSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import type { Provider } from './provider.ts';

/** How the model is run: one batch at a time on that many threads. */
export function sessionOptions(
  threads: number,
  provider: Exclude<Provider, 'auto'> = 'cpu',
): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    enableMemPattern: true,
    logSeverityLevel: 3,
    // Threads that spin between batches would burn the cores that decode the next pictures.
    extra: { session: { intra_op: { allow_spinning: '0' }, set_denormal_as_zero: '1' } },
  };
}

/** Files that are there where NVIDIA's driver runs: on Linux, and in a container that was given a GPU. */
const driverFiles = ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/dev/dxg'];

/** What to try, in order. A GPU that was asked for is tried even where none shows. */
export function providersToTry(
  provider: Provider,
  exists: (file: string) => boolean = existsSync,
): readonly Exclude<Provider, 'auto'>[] {
  if (provider === 'cpu') return ['cpu'];
  return provider === 'cuda' || driverFiles.some(exists) ? ['cuda', 'cpu'] : ['cpu'];
}
