import type { ActionContext } from '../io/index.ts';
import type { StoppedTwin } from '../local/index.ts';

export interface LocalOptions extends ActionContext {
  /** Instead of `process.env`: `AML_DEIT_HOME`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Ends the local twin and its processes; what it keeps stays. Throws TWIN_STOP_FAILED. */
export async function localDown(options: LocalOptions = {}): Promise<StoppedTwin> {
  const { stopTwin } = await import('../local/index.ts');
  return stopTwin(options.env === undefined ? {} : { env: options.env });
}
