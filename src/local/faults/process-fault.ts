import type { FaultEvent } from './fault-rule.ts';
import type { FaultRules } from './fault-rules.ts';

/** What goes wrong with one scoring process. */
export type ProcessFault =
  | { readonly kind: 'crash-at-start'; readonly id: string }
  | { readonly kind: 'crash-after-ready'; readonly id: string; readonly ms: number }
  | { readonly kind: 'never-ready'; readonly id: string; readonly cleared: AbortSignal };

const defaultCrashMs = 1000;

export function deploymentEvent(endpoint: string, deployment: string): FaultEvent {
  return {
    operation: 'onlineDeployment.put',
    method: 'PUT',
    path: `onlineEndpoints/${endpoint}/deployments/${deployment}`,
  };
}

/** The fault of a process that is about to start; undefined for one that is left in peace. */
export function takeProcessFault(rules: FaultRules, event: FaultEvent): ProcessFault | undefined {
  for (const { id, rule, cleared } of rules.take('process', event)) {
    switch (rule.kind) {
      case 'crash-at-start':
        return { kind: rule.kind, id };
      case 'crash-after-ready':
        return { kind: rule.kind, id, ms: rule.ms ?? defaultCrashMs };
      case 'never-ready':
        return { kind: rule.kind, id, cleared };
      default:
        break;
    }
  }
  return undefined;
}
