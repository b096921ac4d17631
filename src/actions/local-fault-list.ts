import type { FaultReport } from '../local/index.ts';
import type { LocalOptions } from './local-down.ts';
import { runningTwin } from './running-twin.ts';

/** The fault rules of the local twin that runs, and what each has hit so far. Throws TWIN_NOT_RUNNING. */
export async function localFaultList(
  options: LocalOptions = {},
): Promise<{ readonly faults: readonly FaultReport[] }> {
  const { askFaults } = await import('../local/index.ts');
  return { faults: await askFaults(await runningTwin(options)) };
}
