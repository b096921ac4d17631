import type { FaultReport, FaultRule } from '../local/index.ts';
import type { LocalOptions } from './local-down.ts';
import { runningTwin } from './running-twin.ts';

export interface LocalFaultAddOptions extends LocalOptions {
  readonly rule: FaultRule;
}

/**
 * Makes something go wrong in the local twin that runs: what, and when, is the rule's. Rules are held in memory and end
 * with the twin. Throws FAULT_INVALID, TWIN_NOT_RUNNING.
 */
export async function localFaultAdd(options: LocalFaultAddOptions): Promise<FaultReport> {
  const { askAddFault } = await import('../local/index.ts');
  return askAddFault(await runningTwin(options), options.rule);
}
