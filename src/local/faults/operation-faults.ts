import { setTimeout as delay } from 'node:timers/promises';
import { OperationFailure } from '../arm/operation-runner.ts';
import type { OperationExecutor, OperationExecutors } from '../arm/operation-runner.ts';
import type { RefusalCode } from '../http/refusals.ts';
import { operationError } from '../http/service-error.ts';
import type { ServiceErrorDetail } from '../http/service-error.ts';
import type { TwinTables } from '../services.ts';
import type { OperationKind, StoredOperation } from '../store/operations.ts';
import type { FaultEvent } from './fault-rule.ts';
import type { FaultRules, FiredFault } from './fault-rules.ts';

const methods: Readonly<Record<string, string>> = { put: 'PUT', delete: 'DELETE' };

/** The path below the workspace of what an operation is about. */
function resourcePath(operation: StoredOperation): string {
  const [area = ''] = operation.kind.split('.');
  const [first = '', second = '', third = ''] = operation.target.split('/');
  switch (area) {
    case 'onlineEndpoint':
      return `onlineEndpoints/${first}`;
    case 'onlineDeployment':
      return `onlineEndpoints/${first}/deployments/${second}`;
    case 'batchDeployment':
      return `batchEndpoints/${second}/deployments/${third}`;
    default:
      return operation.target;
  }
}

export function operationEvent(operation: StoredOperation): FaultEvent {
  const [, verb = ''] = operation.kind.split('.');
  return { operation: operation.kind, method: methods[verb] ?? 'POST', path: resourcePath(operation) };
}

/** What an operation that failed leaves behind: its resource says so. */
function markFailed(tables: TwinTables, operation: StoredOperation): void {
  const [first = '', second = '', third = ''] = operation.target.split('/');
  const provisioningState = 'Failed';
  switch (operation.kind.split('.')[0]) {
    case 'onlineEndpoint': {
      const known = tables.endpoints.get('', first);
      if (known !== undefined) tables.endpoints.put('', first, { ...known.body, provisioningState });
      return;
    }
    case 'onlineDeployment': {
      const known = tables.deployments.get(first, second);
      if (known !== undefined) tables.deployments.put(first, second, { ...known.body, provisioningState });
      return;
    }
    case 'batchEndpoint': {
      const known = tables.batchEndpoints.get('', second);
      if (known !== undefined) tables.batchEndpoints.put('', second, { ...known.body, provisioningState });
      return;
    }
    case 'batchDeployment': {
      const known = tables.batchDeployments.get(second, third);
      if (known !== undefined)
        tables.batchDeployments.put(second, third, { ...known.body, provisioningState });
      return;
    }
    case 'compute': {
      const known = tables.computes.get('', second);
      if (known !== undefined) tables.computes.put('', second, { ...known.body, provisioningState });
      return;
    }
    default:
      // What has no provisioning state of its own.
      return;
  }
}

async function suffer(
  { id, rule, cleared }: FiredFault,
  operation: StoredOperation,
  tables: TwinTables,
  signal: AbortSignal,
): Promise<void> {
  if (rule.kind === 'operation-stuck') {
    const released = AbortSignal.any([cleared, signal]);
    // Without a time of its own it waits until the rule goes; a timer has a longest wait.
    const untilMs = performance.now() + (rule.ms ?? Infinity);
    while (!released.aborted && performance.now() < untilMs)
      await delay(Math.min(untilMs - performance.now(), 3_600_000), undefined, { signal: released }).catch(
        () => undefined,
      );
    return;
  }
  if (rule.kind !== 'operation-failed') return;
  markFailed(tables, operation);
  throw new OperationFailure(
    operationError(
      (rule.code ?? 'InternalServerError') as RefusalCode,
      rule.message ?? `The operation failed (${id} of the local twin).`,
      (rule.details ?? []) as readonly ServiceErrorDetail[],
    ),
  );
}

/** The same work, with the faults of operations before it. */
export function withOperationFaults(
  executors: OperationExecutors,
  rules: FaultRules,
  tables: TwinTables,
): OperationExecutors {
  const guarded = (executor: OperationExecutor): OperationExecutor => {
    return async (operation, signal) => {
      for (const fired of rules.take('operation', operationEvent(operation)))
        await suffer(fired, operation, tables, signal);
      signal.throwIfAborted();
      await executor(operation, signal);
    };
  };
  return Object.fromEntries(
    Object.entries(executors).map(([kind, executor]) => [kind, guarded(executor)]),
  ) as Record<OperationKind, OperationExecutor>;
}
