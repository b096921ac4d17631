import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a name; rejects when it has none. */
export type ResolveHost = (hostname: string, options: ResolveOptions) => Promise<readonly string[]>;

export interface ResolveOptions {
  /** `dns`: name servers only, of the whole name. `system`: as any program of this machine would. */
  readonly source: 'dns' | 'system';
  readonly signal: AbortSignal;
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/**
 * Public names are asked of the name servers directly: /etc/hosts and search lists have nothing public, and the
 * system's resolver would hold one of the few threads that decode pictures for as long as a name server likes.
 */
export const resolveHost: ResolveHost = async (hostname, { source, signal }) => {
  if (source === 'system') {
    // The system's resolver cannot be called off: it is left alone.
    const found = await Promise.race([lookup(hostname, { all: true }), rejectedBy(signal)]);
    return found.map(({ address }) => address);
  }
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throw (answers[0] as PromiseRejectedResult).reason;
    return addresses;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};
