import { silentHost, twinPlace } from '../io/index.ts';
import type { ActionContext, TwinPlace } from '../io/index.ts';
import type { TwinReport } from '../local/index.ts';

export interface LocalUpOptions extends ActionContext {
  /** This port of 127.0.0.1 or none. Default: the one of last time, else any free one. */
  readonly port?: number;
  /** Registries outside this machine that images of deployments may be pulled from; none by default. */
  readonly pullFrom?: readonly string[];
  /** Instead of `process.env`: `AML_DEIT_HOME`. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface LocalUpResult {
  readonly alreadyRunning: boolean;
  /** Without its secret, which {@link localEnv} gives. */
  readonly twin: TwinPlace;
  readonly report: TwinReport;
}

/**
 * Starts the local twin of Azure ML in the background and returns when it answers; one that runs already is used.
 * Throws TWIN_PORT_TAKEN, TWIN_START_FAILED, PEER_MISSING.
 */
export async function localUp(options: LocalUpOptions = {}): Promise<LocalUpResult> {
  const host = options.host ?? silentHost;
  const { launchTwin } = await import('../local/index.ts');
  host.progress({ id: 'local-up', text: 'starting the local twin', state: 'running' });
  try {
    const launched = await launchTwin({
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.pullFrom === undefined ? {} : { pullFrom: options.pullFrom }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { alreadyRunning, descriptor, report } = launched;
    host.progress({
      id: 'local-up',
      text: alreadyRunning ? 'the local twin is up already' : 'the local twin is up',
      state: alreadyRunning ? 'skipped' : 'done',
    });
    return { alreadyRunning, twin: twinPlace(descriptor), report };
  } catch (error) {
    host.progress({ id: 'local-up', text: 'the local twin did not start', state: 'failed' });
    throw error;
  }
}
