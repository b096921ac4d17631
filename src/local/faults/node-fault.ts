import type { FaultRules } from './fault-rules.ts';

export interface NodeFault {
  readonly id: string;
  /** One process goes, and is started again; without it all go for good. */
  readonly replaced?: { readonly afterMs: number; readonly rank: number | undefined };
}

/** The place of a command in fault rules: `jobs/{job}`, of a step `jobs/{job}/steps/{node}`. */
export function takeNodeFault(
  rules: FaultRules,
  run: { readonly rootRunId: string; readonly nodeName: string | null },
): NodeFault | undefined {
  const path = `jobs/${run.rootRunId}${run.nodeName === null ? '' : `/steps/${run.nodeName}`}`;
  const [fault] = rules.take('node', { operation: 'job.put', method: 'PUT', path });
  if (fault?.rule.kind !== 'node-killed') return undefined;
  const { ms, rank } = fault.rule;
  return { id: fault.id, ...(ms === undefined ? {} : { replaced: { afterMs: ms, rank } }) };
}
