import type { FaultRules } from './fault-rules.ts';

/** The place of a command in fault rules: `jobs/{job}`, of a step `jobs/{job}/steps/{node}`. */
export function takeNodeFault(
  rules: FaultRules,
  run: { readonly rootRunId: string; readonly nodeName: string | null },
): { readonly id: string } | undefined {
  const path = `jobs/${run.rootRunId}${run.nodeName === null ? '' : `/steps/${run.nodeName}`}`;
  const [fault] = rules.take('node', { operation: 'job.put', method: 'PUT', path });
  return fault === undefined ? undefined : { id: fault.id };
}
