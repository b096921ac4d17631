import type { FaultEvent } from './fault-rule.ts';
import type { FaultRules } from './fault-rules.ts';

export interface NodeFault {
  readonly id: string;
  /** One process goes, and is started again; without it all go for good. */
  readonly replaced?: { readonly afterMs: number; readonly rank: number | undefined };
}

type NamedRun = { readonly rootRunId: string; readonly nodeName: string | null };

/** The place of a command in fault rules: `jobs/{job}`, of a step `jobs/{job}/steps/{node}`. */
function commandEvent({ rootRunId, nodeName }: NamedRun): FaultEvent {
  const path = `jobs/${rootRunId}${nodeName === null ? '' : `/steps/${nodeName}`}`;
  return { operation: 'job.put', method: 'PUT', path };
}

/** Why the image of a command is not to be had; undefined when no rule says so. */
export function takePullFault(rules: FaultRules, run: NamedRun): string | undefined {
  const [fault] = rules.take('image', commandEvent(run));
  return fault === undefined ? undefined : `The registry did not give the image (${fault.id}).`;
}

export function takeNodeFault(rules: FaultRules, run: NamedRun): NodeFault | undefined {
  const [fault] = rules.take('node', commandEvent(run));
  if (fault?.rule.kind !== 'node-killed') return undefined;
  const { ms, rank } = fault.rule;
  return { id: fault.id, ...(ms === undefined ? {} : { replaced: { afterMs: ms, rank } }) };
}
