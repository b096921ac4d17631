import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import type { DeployedEndpoint } from '../../helpers/twin-deployment.ts';
import { requestArm } from '../../helpers/twin-request.ts';

describe('what survives', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let pets: DeployedEndpoint;

  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    client = createAzureClient(twin);
    pets = await createEndpoint(twin, client, 'pets');
    await pets.deploy('blue', pets.body({ environmentVariables: { REVISION: '1' } }));
    await pets.setTraffic({ blue: 100 });
  });
  afterAll(() => twin.close());

  const comesBack = (): Promise<void> => expect.poll(async () => (await pets.score()).status).toBe(200);

  it('a restart: resources, keys, blobs and scorers are there again', async () => {
    await twin.restart();
    await comesBack();
    expect(twin.report().deployments).toMatchObject([
      { deployment: 'blue', provisioningState: 'Succeeded', traffic: 100 },
    ]);
  });

  it('a crash in the middle of a deployment: it is continued, and ends with one scorer', async () => {
    const slow = pets.body({ environmentVariables: { REVISION: '2' } });
    const accepted = await requestArm(twin, '/onlineEndpoints/pets/deployments/green', {
      method: 'PUT',
      body: slow,
    });
    expect(accepted.status).toBe(201);
    await twin.crash();
    await twin.restart();
    await expect
      .poll(() => twin.report().deployments.find((known) => known.deployment === 'green')?.provisioningState)
      .toBe('Succeeded');
    // The same again, as a client does that lost its connection.
    const again = await pets.deploy('green', slow);
    expect(again.properties.provisioningState).toBe('Succeeded');
    const green = twin.report().deployments.find((known) => known.deployment === 'green');
    expect(green?.instances).toHaveLength(1);
    const answer = await pets.score({}, { 'azureml-model-deployment': 'green' });
    expect([answer.status, answer.json['pid'], answer.json['revision']]).toEqual([
      200,
      green?.instances[0]?.pid,
      '2',
    ]);
    await comesBack();
  });

  it('a crash in the middle of an update: the old revision serves, then the new one', async () => {
    await requestArm(twin, '/onlineEndpoints/pets/deployments/blue', {
      method: 'PUT',
      body: pets.body({ environmentVariables: { REVISION: '3' } }),
    });
    await twin.crash();
    await twin.restart();
    await expect.poll(async () => (await pets.score()).json['revision']).toBe('3');
    expect(twin.report().deployments.find((known) => known.deployment === 'blue')?.instances).toHaveLength(1);
  });

  it('a crash in the middle of a deletion: it is finished', async () => {
    await pets.setTraffic({});
    await requestArm(twin, '/onlineEndpoints/pets', { method: 'DELETE' });
    await twin.crash();
    await twin.restart();
    await expect.poll(async () => (await requestArm(twin, '/onlineEndpoints/pets')).status).toBe(404);
    expect(twin.report().deployments).toEqual([]);
  });
});
