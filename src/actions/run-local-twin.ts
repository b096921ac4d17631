import { silentHost, twinPlace } from '../io/index.ts';
import type { TwinPlace } from '../io/index.ts';
import type { LocalUpOptions } from './local-up.ts';

/**
 * Runs the local twin in this process until the signal fires or somebody stops it; resolves when it has ended.
 * Throws TWIN_ALREADY_RUNNING, TWIN_PORT_TAKEN, TWIN_START_FAILED, PEER_MISSING.
 */
export async function runLocalTwin(options: LocalUpOptions = {}): Promise<{ readonly twin: TwinPlace }> {
  const host = options.host ?? silentHost;
  const { startTwin } = await import('../local/index.ts');
  const stop = new AbortController();
  const twin = await startTwin({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.pullFrom === undefined ? {} : { pullFrom: options.pullFrom }),
    ...(options.env === undefined ? {} : { env: options.env }),
    onShutdown: () => stop.abort(),
  });
  host.message({
    code: 'twin-started',
    level: 'info',
    text: `the local twin listens at ${twin.descriptor.endpoint}`,
    data: { endpoint: twin.descriptor.endpoint, pid: process.pid },
  });
  const ended = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  await new Promise<void>((resolve) => {
    if (ended.aborted) resolve();
    else ended.addEventListener('abort', () => resolve(), { once: true });
  });
  await twin.close();
  host.message({ code: 'twin-stopped', level: 'info', text: 'the local twin has ended' });
  return { twin: twinPlace(twin.descriptor) };
}
