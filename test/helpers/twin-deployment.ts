import type { AzureMachineLearningWorkspaces, OnlineDeployment } from '@azure/arm-machinelearning';
import type { Twin } from '../../src/testing.ts';
import { pollFast } from './azure-client.ts';
import { registerEnvironment, registerModel } from './twin-assets.ts';
import { requestTwin } from './twin-request.ts';
import type { TwinAnswer } from './twin-request.ts';

export interface DeployedEndpoint {
  readonly name: string;
  readonly model: string;
  readonly environmentId: string;
  readonly primaryKey: string;
  readonly body: (changes?: Partial<OnlineDeployment['properties']>, capacity?: number) => OnlineDeployment;
  readonly deploy: (name: string, body: OnlineDeployment) => Promise<OnlineDeployment>;
  readonly setTraffic: (traffic: Record<string, number>) => Promise<void>;
  readonly score: (body?: object | string, headers?: Record<string, string>) => Promise<TwinAnswer>;
}

/** An endpoint on the twin with key authentication and no deployment yet. */
export async function createEndpoint(
  twin: Twin,
  client: AzureMachineLearningWorkspaces,
  name: string,
  authMode = 'Key',
): Promise<DeployedEndpoint> {
  const scope: [string, string] = [twin.resourceGroup, twin.workspaceName];
  const model = await registerModel(twin, client);
  const environmentId = await registerEnvironment(twin, client);
  const setTraffic = async (traffic: Record<string, number>): Promise<void> => {
    await client.onlineEndpoints.beginCreateOrUpdateAndWait(
      ...scope,
      name,
      { location: 'local', identity: { type: 'SystemAssigned' }, properties: { authMode, traffic } },
      pollFast,
    );
  };
  await setTraffic({});
  const keys = await client.onlineEndpoints.listKeys(...scope, name);
  const primaryKey = keys.primaryKey ?? '';
  return {
    name,
    model,
    environmentId,
    primaryKey,
    setTraffic,
    body: (changes = {}, capacity = 1) => ({
      location: 'local',
      sku: { name: 'Default', capacity },
      properties: {
        endpointComputeType: 'Managed',
        instanceType: 'Standard_DS3_v2',
        model,
        environmentId,
        // The service's own five seconds are little on a busy machine.
        requestSettings: { requestTimeout: 'PT1M' },
        ...changes,
      },
    }),
    deploy: (deployment, body) =>
      client.onlineDeployments.beginCreateOrUpdateAndWait(...scope, name, deployment, body, pollFast),
    score: (body = {}, headers = {}) =>
      requestTwin(twin, `/online/${name}/score`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${primaryKey}`, ...headers },
      }),
  };
}
