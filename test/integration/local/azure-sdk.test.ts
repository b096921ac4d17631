import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces, OnlineDeployment } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient, pollFast } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { registerEnvironment, registerModel } from '../../helpers/twin-assets.ts';
import { requestTwin } from '../../helpers/twin-request.ts';

describe('the twin through @azure/arm-machinelearning alone', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let model: string;
  let environment: string;

  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    client = createAzureClient(twin);
    model = await registerModel(twin, client);
    environment = await registerEnvironment(twin, client);
  });
  afterAll(() => twin.close());

  const scope = (): [string, string] => [twin.resourceGroup, twin.workspaceName];
  const deployment = (revision: string, capacity = 1): OnlineDeployment => ({
    location: 'local',
    sku: { name: 'Default', capacity },
    properties: {
      endpointComputeType: 'Managed',
      instanceType: 'Standard_DS3_v2',
      model,
      environmentId: environment,
      environmentVariables: { REVISION: revision },
    },
  });
  const endpoint = (
    traffic: Record<string, number>,
  ): Parameters<typeof client.onlineEndpoints.beginCreateOrUpdateAndWait>[3] => ({
    location: 'local',
    identity: { type: 'SystemAssigned' },
    properties: { authMode: 'Key', traffic },
  });

  it('deploys, splits traffic, scores, rolls, scales, logs and deletes', async () => {
    const created = await client.onlineEndpoints.beginCreateOrUpdateAndWait(
      ...scope(),
      'pets',
      endpoint({}),
      pollFast,
    );
    expect(created.properties.provisioningState).toBe('Succeeded');
    const uri = created.properties.scoringUri ?? '';
    const { primaryKey = '' } = await client.onlineEndpoints.listKeys(...scope(), 'pets');
    const score = async (headers: Record<string, string> = {}) =>
      requestTwin(twin, uri, {
        method: 'POST',
        body: {},
        headers: { authorization: `Bearer ${primaryKey}`, ...headers },
      });
    expect((await score()).status).toBe(404);

    const blue = await client.onlineDeployments.beginCreateOrUpdateAndWait(
      ...scope(),
      'pets',
      'blue',
      deployment('1'),
      pollFast,
    );
    expect(blue.properties.provisioningState).toBe('Succeeded');
    expect(blue.properties.readinessProbe?.period).toBe('PT10S');
    const direct = await score({ 'azureml-model-deployment': 'blue' });
    expect([direct.status, direct.json['revision'], direct.json['authorization']]).toEqual([200, '1', null]);
    expect(String(direct.json['modelDirectory'])).toMatch(/azureml-models[\\/]toy[\\/]1$/);

    await client.onlineDeployments.beginCreateOrUpdateAndWait(
      ...scope(),
      'pets',
      'green',
      deployment('2', 2),
      pollFast,
    );
    await client.onlineEndpoints.beginCreateOrUpdateAndWait(
      ...scope(),
      'pets',
      endpoint({ blue: 50, green: 50 }),
      pollFast,
    );
    const revisions = new Set<unknown>();
    for (let index = 0; index < 40; index += 1) {
      const answer = await score();
      revisions.add(
        `${String(answer.headers['azureml-model-deployment'])} ${String(answer.json['revision'])}`,
      );
    }
    expect([...revisions].map(String).toSorted((a, b) => a.localeCompare(b))).toEqual(['blue 1', 'green 2']);

    await client.onlineEndpoints.beginCreateOrUpdateAndWait(
      ...scope(),
      'pets',
      endpoint({ green: 100 }),
      pollFast,
    );
    const patched = await client.onlineDeployments.beginUpdateAndWait(
      ...scope(),
      'pets',
      'green',
      { sku: { name: 'Default', capacity: 1 } },
      pollFast,
    );
    expect(patched.sku?.capacity).toBe(1);
    const logs = await client.onlineDeployments.getLogs(...scope(), 'pets', 'green', { tail: 50 });
    expect(logs.content).toContain('"message":"listening"');
    const initializer = await client.onlineDeployments.getLogs(...scope(), 'pets', 'green', {
      containerType: 'StorageInitializer',
      tail: 50,
    });
    expect(initializer.content).toContain('Download completed: 1 files');

    const before = primaryKey;
    await client.onlineEndpoints.beginRegenerateKeysAndWait(
      ...scope(),
      'pets',
      { keyType: 'Primary' },
      pollFast,
    );
    expect((await client.onlineEndpoints.listKeys(...scope(), 'pets')).primaryKey).not.toBe(before);
    expect((await score()).status).toBe(401);

    await client.onlineDeployments.beginDeleteAndWait(...scope(), 'pets', 'blue', pollFast);
    await client.onlineEndpoints.beginDeleteAndWait(...scope(), 'pets', pollFast);
    await expect(client.onlineEndpoints.get(...scope(), 'pets')).rejects.toMatchObject({ statusCode: 404 });
    expect(twin.report().deployments).toEqual([]);
  });

  it('keeps a failed deployment with the container log', async () => {
    await client.onlineEndpoints.beginCreateOrUpdateAndWait(...scope(), 'sick', endpoint({}), pollFast);
    const broken = deployment('1');
    broken.properties.environmentVariables = { FAIL_AT_START: 'the graph is broken' };
    await expect(
      client.onlineDeployments.beginCreateOrUpdateAndWait(...scope(), 'sick', 'blue', broken, pollFast),
    ).rejects.toThrow(/ResourceNotReady.*the graph is broken/);
    const failed = await client.onlineDeployments.get(...scope(), 'sick', 'blue');
    expect(failed.properties.provisioningState).toBe('Failed');
    const logs = await client.onlineDeployments.getLogs(...scope(), 'sick', 'blue', {});
    expect(logs.content).toContain('the graph is broken');
    expect(twin.report().deployments[0]?.instances).toEqual([]);
  });

  it('fails a deployment of an image that it does not know', async () => {
    await client.onlineEndpoints.beginCreateOrUpdateAndWait(...scope(), 'stranger', endpoint({}), pollFast);
    const other = deployment('1');
    other.properties.environmentId = await registerEnvironment(
      twin,
      client,
      'aml-deit/scorer:9.9.9',
      'other',
    );
    await expect(
      client.onlineDeployments.beginCreateOrUpdateAndWait(...scope(), 'stranger', 'blue', other, pollFast),
    ).rejects.toThrow(/aml-deit\/scorer:9\.9\.9/);
  });

  it('pages, orders and archives versions', async () => {
    const { properties } = await client.modelVersions.get(...scope(), 'toy', '1');
    for (let version = 1; version <= 25; version += 1)
      await client.modelVersions.createOrUpdate(...scope(), 'many', String(version), { properties });
    const versions: string[] = [];
    for await (const model of client.modelVersions.list(...scope(), 'many')) versions.push(model.name ?? '');
    expect(versions).toHaveLength(25);
    expect(versions[0]).toBe('25');
    const newest: string[] = [];
    for await (const page of client.modelVersions
      .list(...scope(), 'many', { orderBy: 'createdtime desc', top: 1 })
      .byPage()) {
      newest.push(...page.map((model) => model.name ?? ''));
      break;
    }
    expect(newest).toEqual(['25']);
    const container = await client.modelContainers.get(...scope(), 'many');
    expect([container.properties.latestVersion, container.properties.nextVersion]).toEqual(['25', '26']);
    await client.modelVersions.createOrUpdate(...scope(), 'many', '7', {
      properties: { ...properties, isArchived: true },
    });
    const active: string[] = [];
    for await (const model of client.modelVersions.list(...scope(), 'many', { listViewType: 'ArchivedOnly' }))
      active.push(model.name ?? '');
    expect(active).toEqual(['7']);
  });
});
