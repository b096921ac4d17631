import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import { requestArm, requestTwin, workspacePath } from '../../helpers/twin-request.ts';

describe('two twins side by side', () => {
  let first: Twin;
  let second: Twin;

  beforeAll(async () => {
    [first, second] = await Promise.all([
      createTwin({
        scorer: fixtureScorer,
        faults: [{ kind: 'status', status: 503, operation: 'compute.list' }],
      }),
      createTwin({ scorer: fixtureScorer }),
    ]);
  });
  afterAll(() => Promise.all([first.close(), second.close()]));

  it('share neither names, processes, tokens nor faults', async () => {
    for (const twin of [first, second]) {
      const endpoint = await createEndpoint(twin, createAzureClient(twin), 'pets');
      await endpoint.deploy('blue', endpoint.body());
      await endpoint.setTraffic({ blue: 100 });
      expect((await endpoint.score()).status).toBe(200);
    }
    const processes = [first, second].map((twin) => twin.report().deployments[0]?.instances[0]?.pid);
    expect(new Set(processes).size).toBe(2);

    const foreign = await requestTwin(second, workspacePath(second, ''), {
      headers: { authorization: `Bearer ${first.token()}` },
    });
    expect(foreign.status).toBe(401);

    expect((await requestArm(first, '/computes')).status).toBe(503);
    expect((await requestArm(second, '/computes')).status).toBe(200);
  });

  it('end each on its own', async () => {
    await first.close();
    expect(existsSync(first.env['AML_DEIT_HOME'] ?? '')).toBe(false);
    const known = await requestArm(second, '/onlineEndpoints/pets');
    expect([known.status, known.json['name']]).toEqual([200, 'pets']);
  });
});
