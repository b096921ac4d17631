import { AmlDeitError } from '../errors/index.ts';

/** Throws INTERRUPTED when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw interrupted(signal);
}

export function interrupted(signal?: AbortSignal): AmlDeitError {
  return new AmlDeitError('INTERRUPTED', 'interrupted', {
    hint: 'run the same command again to continue',
    cause: signal?.reason,
  });
}

/** Waits; rejects with INTERRUPTED as soon as the signal fires. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(interrupted(signal));
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(interrupted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
