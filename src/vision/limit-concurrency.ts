/**
 * At most `limit` tasks run at a time; the others wait in the order of their calls. A task whose signal fires while it waits
 * leaves at once, so that what it holds is not kept until its turn.
 */
export function limitConcurrency(
  limit: number,
): <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.splice(waiting.indexOf(begin), 1);
        reject(signal?.reason as Error);
      };
      const begin = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      waiting.push(begin);
      signal?.addEventListener('abort', leave, { once: true });
    });
  return async (task, signal) => {
    signal?.throwIfAborted();
    if (running >= limit) await turn(signal);
    else running += 1;
    try {
      return await task();
    } finally {
      // The place is handed to the next one, so that nobody can slip in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
