import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import type { Twin } from '../../src/testing.ts';

/** Microsoft's own client, pointed at a twin: nothing of ours between a test and the wire. */
export function createAzureClient(twin: Twin): AzureMachineLearningWorkspaces {
  return new AzureMachineLearningWorkspaces(twin.credential, twin.subscriptionId, {
    endpoint: twin.endpoint,
    tlsOptions: { ca: twin.caPem },
    retryOptions: { maxRetries: 0 },
  });
}

/** Poll fast: the operations of a twin end in milliseconds. */
export const pollFast = { updateIntervalInMs: 50 } as const;
