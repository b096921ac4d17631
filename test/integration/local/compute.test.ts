import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AmlCompute, AzureMachineLearningWorkspaces, ComputeResource } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient, pollFast } from '../../helpers/azure-client.ts';
import { requestArm } from '../../helpers/twin-request.ts';

describe('compute clusters through @azure/arm-machinelearning', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  beforeAll(async () => {
    twin = await createTwin();
    client = createAzureClient(twin);
  });
  afterAll(() => twin.close());

  const scope = (): [string, string] => [twin.resourceGroup, twin.workspaceName];
  const cluster = (vmSize: string, nodes: { min?: number; max: number }): ComputeResource => ({
    location: 'local',
    properties: {
      computeType: 'AmlCompute',
      properties: {
        vmSize,
        scaleSettings: { minNodeCount: nodes.min ?? 0, maxNodeCount: nodes.max },
      },
    },
  });
  const create = (name: string, body: ComputeResource): Promise<ComputeResource> =>
    client.computeOperations.beginCreateOrUpdateAndWait(...scope(), name, body, pollFast);
  const settingsOf = (resource: ComputeResource) => (resource.properties as AmlCompute).properties;

  it('are made, scaled, listed and deleted', async () => {
    const made = await create('cpu-cluster', cluster('Standard_DS3_v2', { max: 2 }));
    expect(made.properties).toMatchObject({ computeType: 'AmlCompute', provisioningState: 'Succeeded' });
    expect(settingsOf(made)).toMatchObject({
      vmSize: 'STANDARD_DS3_V2',
      allocationState: 'Steady',
      currentNodeCount: 0,
      scaleSettings: { minNodeCount: 0, maxNodeCount: 2, nodeIdleTimeBeforeScaleDown: 'PT2M' },
    });
    const updated = await client.computeOperations.beginUpdateAndWait(
      ...scope(),
      'cpu-cluster',
      { properties: { scaleSettings: { minNodeCount: 1, maxNodeCount: 3 } } },
      pollFast,
    );
    expect(settingsOf(updated)).toMatchObject({ currentNodeCount: 1, scaleSettings: { maxNodeCount: 3 } });
    const nodes = [];
    for await (const node of client.computeOperations.listNodes(...scope(), 'cpu-cluster')) nodes.push(node);
    expect(nodes).toMatchObject([{ nodeState: 'idle' }]);
    await client.computeOperations.beginDeleteAndWait(...scope(), 'cpu-cluster', 'Delete', pollFast);
    const names = [];
    for await (const { name } of client.computeOperations.list(...scope())) names.push(name);
    expect(names).toEqual([]);
  });

  it('say that the quota is short where the minimum does not fit', async () => {
    const made = await create('big', cluster('Standard_D32as_v4', { min: 4, max: 4 }));
    expect(settingsOf(made)).toMatchObject({
      currentNodeCount: 0,
      errors: [{ error: { code: 'ClusterCoreQuotaReached' } }],
    });
    await client.computeOperations.beginDeleteAndWait(...scope(), 'big', 'Delete', pollFast);
  });

  it.each([
    ['an unknown size', 'c1', cluster('Standard_Nothing', { max: 1 }), 400, 'UserError'],
    [
      'fewer nodes at most than at least',
      'c2',
      cluster('Standard_DS3_v2', { min: 2, max: 1 }),
      400,
      'UserError',
    ],
    ['a reserved name', 'serverless', cluster('Standard_DS3_v2', { max: 1 }), 400, 'UserError'],
    ['a name that is too short', 'c', cluster('Standard_DS3_v2', { max: 1 }), 400, 'UserError'],
    [
      'another type of compute',
      'c3',
      { location: 'local', properties: { computeType: 'ComputeInstance', properties: {} } },
      501,
      'NotBuiltInLocalTwin',
    ],
    [
      'an unknown property',
      'c4',
      { location: 'local', properties: { computeType: 'AmlCompute', nodes: 3 } },
      400,
      'UserError',
    ],
  ])('are refused for %s', async (_what, name, body, status, code) => {
    const answer = await requestArm(twin, `/computes/${name}`, { method: 'PUT', body });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code } });
  });

  it('answers 404 without a body for one that is not there', async () => {
    const answer = await requestArm(twin, '/computes/none');
    expect([answer.status, answer.text]).toEqual([404, '']);
  });

  it('names the sizes and quotas of the catalogue', async () => {
    const { value = [] } = await client.virtualMachineSizes.list('local');
    expect(value.find(({ name }) => name === 'Standard_DS3_v2')).toMatchObject({
      vCPUs: 4,
      memoryGB: 14,
      maxResourceVolumeMB: 28 * 1024,
    });
    const usages = [];
    for await (const usage of client.usages.list('local')) usages.push(usage);
    expect(usages[0]).toMatchObject({ name: { value: 'TotalClusters' }, unit: 'Count' });
    expect(usages.length).toBeGreaterThan(5);
  });
});
