import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import type { DeployedEndpoint } from '../../helpers/twin-deployment.ts';
import { requestArm } from '../../helpers/twin-request.ts';

describe('mirrored traffic', () => {
  let twin: Twin;
  let pets: DeployedEndpoint;

  const mirrorTo = async (deployment: string): Promise<void> => {
    const body = {
      location: 'local',
      properties: { authMode: 'Key', traffic: { blue: 100 }, mirrorTraffic: { [deployment]: 50 } },
    };
    expect((await requestArm(twin, '/onlineEndpoints/pets', { method: 'PUT', body })).status).toBe(200);
    await expect
      .poll(async () => (await requestArm(twin, '/onlineEndpoints/pets')).json['properties'])
      .toMatchObject({ provisioningState: 'Succeeded' });
  };
  const logOf = async (deployment: string): Promise<string> => {
    const path = `/onlineEndpoints/pets/deployments/${deployment}/getLogs`;
    return String((await requestArm(twin, path, { method: 'POST', body: {} })).json['content']);
  };
  const count = async (deployment: string, word: string): Promise<number> =>
    (await logOf(deployment)).split(word).length - 1;

  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    pets = await createEndpoint(twin, createAzureClient(twin), 'pets');
    await pets.deploy('blue', pets.body());
    await pets.deploy('green', pets.body());
    await pets.deploy('deaf', pets.body({ environmentVariables: { HANG: '1' } }));
  });
  afterAll(() => twin.close());

  it('sends copies of about half to the mirror, whole, and nobody hears its answers', async () => {
    await mirrorTo('green');
    const padding = 'x'.repeat(100_000);
    for (let sent = 0; sent < 60; sent += 1) {
      const answer = await pets.score({ log: 'by-weight', padding });
      expect([answer.status, answer.headers['azureml-model-deployment']]).toEqual([200, 'blue']);
    }
    // What a scorer prints reaches the log on its own way, beside its answer.
    await expect.poll(() => count('blue', 'by-weight')).toBe(60);
    await expect.poll(() => count('green', 'by-weight')).toBeGreaterThan(5);
    expect(await count('green', 'by-weight')).toBeLessThan(55);
    // The copy is as long as the original.
    const lengths = [...(await logOf('green')).matchAll(/"by-weight","bytes":(\d+)/g)].map(
      (match) => match[1],
    );
    expect(new Set(lengths)).toEqual(new Set([String(JSON.stringify({ log: 'by-weight', padding }).length)]));
  });

  it('copies nothing that asks for a deployment by name', async () => {
    for (let sent = 0; sent < 20; sent += 1)
      await pets.score({ log: 'by-name' }, { 'azureml-model-deployment': 'blue' });
    await expect.poll(() => count('blue', 'by-name')).toBe(20);
    expect(await count('green', 'by-name')).toBe(0);
  });

  it('never lets the caller wait for a mirror that does not answer', async () => {
    await mirrorTo('deaf');
    for (let sent = 0; sent < 30; sent += 1) expect((await pets.score({ log: 'past' })).status).toBe(200);
    await expect.poll(() => count('blue', 'past')).toBe(30);
    await expect.poll(() => count('deaf', 'past')).toBeGreaterThan(0);
  });
});
