import { AmlDeitError } from '../errors/index.ts';
import type { LocalOptions } from './local-down.ts';
import { runningTwin } from './running-twin.ts';

export interface LocalFaultClearOptions extends LocalOptions {
  /** `fault-1`; all rules when left out. */
  readonly id?: string;
}

/**
 * Takes fault rules back; what waits for one (a stuck operation, a process that is never ready) goes on. Throws
 * FAULT_INVALID for an id that is none, TWIN_NOT_RUNNING.
 */
export async function localFaultClear(
  options: LocalFaultClearOptions = {},
): Promise<{ readonly cleared: number }> {
  const { askClearFaults } = await import('../local/index.ts');
  const cleared = await askClearFaults(await runningTwin(options), options.id);
  if (options.id !== undefined && cleared === 0)
    throw new AmlDeitError('FAULT_INVALID', `the local twin has no fault rule "${options.id}"`, {
      hint: 'aml-deit local fault list shows them',
    });
  return { cleared };
}
