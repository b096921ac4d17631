import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces, BatchDeployment } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient, pollFast } from '../../helpers/azure-client.ts';
import { registerEnvironment, registerModel } from '../../helpers/twin-assets.ts';
import { requestArm } from '../../helpers/twin-request.ts';

describe('batch endpoints through @azure/arm-machinelearning', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let model: string;
  let environmentId: string;
  beforeAll(async () => {
    twin = await createTwin();
    client = createAzureClient(twin);
    model = await registerModel(twin, client);
    environmentId = await registerEnvironment(twin, client);
    await client.computeOperations.beginCreateOrUpdateAndWait(
      ...scope(),
      'cpu-cluster',
      {
        location: 'local',
        properties: {
          computeType: 'AmlCompute',
          properties: { vmSize: 'Standard_DS3_v2', scaleSettings: { maxNodeCount: 2 } },
        },
      },
      pollFast,
    );
    await createEndpoint();
  });
  afterAll(() => twin.close());

  const scope = (): [string, string] => [twin.resourceGroup, twin.workspaceName];
  const workspaceId = (): string =>
    `/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}`;
  const createEndpoint = (deploymentName?: string) =>
    client.batchEndpoints.beginCreateOrUpdateAndWait(
      ...scope(),
      'nightly',
      {
        location: 'local',
        properties: {
          authMode: 'AADToken',
          ...(deploymentName === undefined ? {} : { defaults: { deploymentName } }),
        },
      },
      pollFast,
    );
  const deployment = (): BatchDeployment => ({
    location: 'local',
    properties: {
      model: { referenceType: 'Id', assetId: model },
      compute: `${workspaceId()}/computes/cpu-cluster`,
      environmentId,
      miniBatchSize: 4,
      retrySettings: { maxRetries: 2, timeout: 'PT1M' },
    },
  });

  it('are made, given a default deployment, and deleted with their deployments', async () => {
    const endpoint = await client.batchEndpoints.get(...scope(), 'nightly');
    expect(endpoint.properties).toMatchObject({ authMode: 'AADToken', provisioningState: 'Succeeded' });
    expect(endpoint.properties.scoringUri).toBe(`${twin.endpoint}/batch/nightly/jobs`);
    const made = await client.batchDeployments.beginCreateOrUpdateAndWait(
      ...scope(),
      'nightly',
      'blue',
      deployment(),
      pollFast,
    );
    expect(made.properties).toMatchObject({
      provisioningState: 'Succeeded',
      miniBatchSize: 4,
      errorThreshold: -1,
      maxConcurrencyPerInstance: 1,
      loggingLevel: 'Info',
      outputAction: 'AppendRow',
      outputFileName: 'predictions.csv',
      retrySettings: { maxRetries: 2, timeout: 'PT1M' },
      model: { referenceType: 'Id', assetId: model },
    });
    expect((await createEndpoint('blue')).properties.defaults).toEqual({ deploymentName: 'blue' });
    await client.batchDeployments.beginDeleteAndWait(...scope(), 'nightly', 'blue', pollFast);
    const after = await client.batchEndpoints.get(...scope(), 'nightly');
    expect(after.properties.defaults?.deploymentName ?? null).toBeNull();
  });

  it('keep a pipeline component with its settings, booleans among them', async () => {
    const component = await requestArm(twin, '/components/score/versions/1', {
      method: 'PUT',
      body: {
        properties: {
          componentSpec: {
            name: 'score',
            version: '1',
            type: 'command',
            command: 'echo hello',
            environment: environmentId,
          },
        },
      },
    });
    expect(component.status).toBe(201);
    const settings = { default_compute: 'serverless', continue_on_step_failure: false };
    const put = await requestArm(twin, '/batchEndpoints/nightly/deployments/green', {
      method: 'PUT',
      body: {
        location: 'local',
        properties: {
          deploymentConfiguration: {
            deploymentConfigurationType: 'PipelineComponent',
            componentId: { referenceType: 'Id', assetId: component.json['id'] },
            settings,
          },
        },
      },
    });
    expect(put.status).toBe(201);
    expect(put.headers['azure-asyncoperation']).toContain('/mfeOperationsStatus/bdbes:');
    const { json } = await requestArm(twin, '/batchEndpoints/nightly/deployments/green');
    expect(json).toMatchObject({ properties: { model: null, deploymentConfiguration: { settings } } });
  });

  it.each([
    ['a model that is not there', { model: { referenceType: 'Id', assetId: 'MODEL/none/versions/1' } }, 404],
    ['a compute that is not there', { compute: 'WORKSPACE/computes/none' }, 404],
    ['an id of something else', { model: { referenceType: 'Id', assetId: 'nonsense' } }, 400],
    ['a mini-batch of none', { miniBatchSize: 0 }, 400],
    ['an unknown property', { batchSize: 3 }, 400],
    ['an unknown logging level', { loggingLevel: 'Loud' }, 400],
    ['no model at all', { model: null }, 400],
  ])('refuse %s', async (_what, changes, status) => {
    const body = { ...deployment(), properties: { ...deployment().properties, ...changes } };
    const text = JSON.stringify(body)
      .replaceAll('WORKSPACE', workspaceId())
      .replaceAll('MODEL', `${workspaceId()}/models`);
    const answer = await requestArm(twin, '/batchEndpoints/nightly/deployments/red', {
      method: 'PUT',
      body: text,
    });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code: 'UserError' } });
  });

  it('answer as recorded for an endpoint that is not there', async () => {
    const answer = await requestArm(twin, '/batchEndpoints/none');
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ error: { code: 'NotFound', details: [{ code: 'NoSuchEndpoint' }] } });
  });

  it('refuse key authentication and a default that is not there', async () => {
    const put = (properties: object) =>
      requestArm(twin, '/batchEndpoints/nightly', { method: 'PUT', body: { location: 'local', properties } });
    expect((await put({ authMode: 'Key' })).status).toBe(400);
    expect((await put({ authMode: 'AADToken', defaults: { deploymentName: 'none' } })).status).toBe(400);
  });
});
