import { AmlDeitError } from '../errors/index.ts';
import { readTwinDescriptor } from '../io/index.ts';
import type { TwinDescriptor } from '../io/index.ts';
import type { LocalOptions } from './local-down.ts';

/** The twin that runs and answers. Throws TWIN_NOT_RUNNING. */
export async function runningTwin(options: LocalOptions): Promise<TwinDescriptor> {
  const { askTwin } = await import('../local/index.ts');
  const twin = readTwinDescriptor(options.env ?? process.env);
  if (twin === undefined || (await askTwin(twin)) === undefined)
    throw new AmlDeitError('TWIN_NOT_RUNNING', 'no local twin is running', { hint: 'aml-deit local up' });
  return twin;
}
