import { withOperationFaults } from '../faults/operation-faults.ts';
import type { TwinServices } from '../services.ts';
import { batchExecutors } from './batch/executors.ts';
import { computeExecutors } from './compute/executors.ts';
import { jobExecutors } from './jobs/executors.ts';
import { onlineExecutors } from './online/executors.ts';
import type { OperationExecutors } from './operation-runner.ts';

/** The work behind each long-running operation: a missing one does not compile. */
export function createExecutors(services: Omit<TwinServices, 'operations'>): OperationExecutors {
  return withOperationFaults(
    {
      ...onlineExecutors(services),
      ...computeExecutors(services),
      ...batchExecutors(services),
      ...jobExecutors(services),
    },
    services.faults,
    services.tables,
  );
}
