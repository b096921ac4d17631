import { AmlDeitError } from '../errors/index.ts';
import { silentHost, twinDirectory } from '../io/index.ts';
import type { LocalOptions } from './local-down.ts';

export interface LocalResetOptions extends LocalOptions {
  /** Does not ask. */
  readonly yes?: boolean;
}

/** Ends the local twin and deletes all that it keeps. Asks first. Throws NOT_CONFIRMED, TWIN_STOP_FAILED. */
export async function localReset(options: LocalResetOptions = {}): Promise<{ readonly directory: string }> {
  const env = options.env ?? process.env;
  const host = options.host ?? silentHost;
  const directory = twinDirectory(env);
  const confirmed =
    options.yes === true ||
    (await host.confirm({
      code: 'local-reset',
      text: `delete the local twin with its models, endpoints and blobs in ${directory}?`,
      defaultAnswer: false,
    }));
  if (!confirmed) throw new AmlDeitError('NOT_CONFIRMED', 'nothing was deleted', { hint: 'pass --yes' });
  const { resetTwin } = await import('../local/index.ts');
  return resetTwin({ env });
}
