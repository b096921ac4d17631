import { availableParallelism } from 'node:os';
import { cpuMsByThread } from './cpu-time.ts';

/** What Node and libvips call their threads, and what they do here. */
const tasks: Readonly<Record<string, string>> = {
  MainThread: 'requests and answers',
  WorkerThread: 'resizing and normalising',
  'libuv-worker': 'decoding (libuv)',
  'libvips worker': 'decoding (libvips)',
};

/**
 * What the machine's cores did while something ran, as shares of all that they could have done: each of the server's tasks,
 * the model's process, this process (the client), and what is left (idle, or somebody else).
 */
export async function profileOf(
  pids: { readonly server: number; readonly model: number },
  run: () => Promise<unknown>,
): Promise<string> {
  const read = (): Map<string, number> => {
    const sum = (values: ReadonlyMap<string, number>): number =>
      [...values.values()].reduce((a, b) => a + b, 0);
    const shares = new Map([
      ['the model', sum(cpuMsByThread(pids.model))],
      ['client', sum(cpuMsByThread(process.pid))],
    ]);
    for (const [thread, ms] of cpuMsByThread(pids.server)) {
      const task = tasks[thread] ?? 'garbage collection and the rest of the server';
      shares.set(task, (shares.get(task) ?? 0) + ms);
    }
    return shares;
  };
  const before = read();
  const begin = performance.now();
  await run();
  const available = (performance.now() - begin) * availableParallelism();
  const used = [...read()].map(([task, ms]): [string, number] => [task, ms - (before.get(task) ?? 0)]);
  const left = available - used.reduce((sum, [, ms]) => sum + ms, 0);
  return [...used.toSorted(([, a], [, b]) => b - a), ['idle or others', left] as const]
    .map(([task, ms]) => `${task} ${((100 * ms) / available).toFixed(1)} %`)
    .join(', ');
}
