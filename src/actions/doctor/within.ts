import { AmlDeitError } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';

/**
 * Does one piece of work, which gets a signal, and gives up on it after a while even where it does not heed the signal.
 * Throws INTERRUPTED when the caller's own signal fires, AZURE_UNREACHABLE when the time is up.
 */
export async function within<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const working = work(either);
  // Whoever loses the race still ends some time: quietly.
  working.catch(() => undefined);
  let onAbort: (() => void) | undefined;
  try {
    return await Promise.race([
      working,
      new Promise<never>((_resolve, reject) => {
        onAbort = (): void => {
          reject(new Error('aborted'));
        };
        either.addEventListener('abort', onAbort, { once: true });
      }),
    ]);
  } catch (error) {
    throwIfAborted(signal);
    if (!timeout.aborted) throw error;
    throw new AmlDeitError('AZURE_UNREACHABLE', `there was no answer within ${timeoutMs / 1000} s`, {
      hint: 'check the network, the proxy variables and the name of the cloud',
      cause: error,
    });
  } finally {
    if (onAbort !== undefined) either.removeEventListener('abort', onAbort);
  }
}
