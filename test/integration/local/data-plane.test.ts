import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import type { DeployedEndpoint } from '../../helpers/twin-deployment.ts';

describe('the scoring URL', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let pets: DeployedEndpoint;

  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    client = createAzureClient(twin);
    pets = await createEndpoint(twin, client, 'pets');
    await pets.deploy('blue', pets.body({ requestSettings: patient }));
    await pets.setTraffic({ blue: 100 });
  });
  afterAll(() => twin.close());

  const firstScorer = (deployment = 'blue'): number | null =>
    twin.report().deployments.find((known) => known.deployment === deployment)?.instances[0]?.pid ?? null;
  /** Longer than any machine stands still. */
  const patient = { requestTimeout: 'PT1M' };

  it('relays the answer with the platform headers and keeps the key to itself', async () => {
    const answer = await pets.score();
    expect(answer.status).toBe(200);
    expect(answer.headers['azureml-model-deployment']).toBe('blue');
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers['x-from-container']).toBe('yes');
    expect(answer.json['authorization']).toBeNull();
  });

  it.each([
    [400, 400],
    [500, 500],
    [503, 503],
    [201, 201],
  ])('turns the status %i of the container into 424', async (status, reported) => {
    const answer = await pets.score({ status });
    expect([answer.status, answer.headers['ms-azureml-model-error-statuscode']]).toEqual([
      424,
      String(reported),
    ]);
    expect(answer.headers['ms-azureml-model-error-reason']).toEqual(expect.any(String));
    expect(answer.json['pid']).toBe(firstScorer());
  });

  it('relays an answer that comes while the body is still sent', async () => {
    for (let round = 0; round < 5; round += 1) {
      const answer = await pets.score(' '.repeat(20 * 2 ** 20), { 'x-answer-early': 'yes' });
      expect([answer.status, answer.headers['ms-azureml-model-error-statuscode'], answer.text]).toEqual([
        424,
        '413',
        'too large',
      ]);
    }
  });

  it.each<[string, Record<string, string>, number]>([
    ['no key', { authorization: '' }, 401],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401],
    ['an ARM token for an endpoint with keys', { authorization: 'ARM' }, 401],
    ['an unknown deployment', { 'azureml-model-deployment': 'teal' }, 404],
    ['a deployment in another case', { 'azureml-model-deployment': 'BLUE' }, 200],
  ])('%s', async (_what, headers, status) => {
    const sent = headers['authorization'] === 'ARM' ? { authorization: `Bearer ${twin.token()}` } : headers;
    expect((await pets.score({}, sent)).status).toBe(status);
  });

  it('answers 408 when the model takes longer than the request timeout', async () => {
    const hasty = await createEndpoint(twin, client, 'hasty');
    await hasty.deploy('blue', hasty.body({ requestSettings: { requestTimeout: 'PT1S' } }));
    await hasty.setTraffic({ blue: 100 });
    expect((await hasty.score({ hangMs: 600_000 })).status).toBe(408);
  });

  it('lets as many requests wait as run, and answers 429 to more', async () => {
    const few = await createEndpoint(twin, client, 'few');
    await few.deploy(
      'blue',
      few.body({ requestSettings: { ...patient, maxConcurrentRequestsPerInstance: 2 } }),
    );
    await few.setTraffic({ blue: 100 });
    // None is answered before the last has come.
    const until = join(twin.env['AML_DEIT_HOME'] ?? '', 'go');
    const statuses: number[] = [];
    const inFlight: number[] = [];
    const requests = Array.from({ length: 7 }, async () => {
      const { status, json } = await few.score({ until });
      statuses.push(status);
      if (status === 200) inFlight.push(Number(json['inFlight']));
    });
    await expect.poll(() => statuses).toEqual([429, 429, 429]);
    writeFileSync(until, '');
    await Promise.all(requests);
    expect(statuses.slice(3)).toEqual([200, 200, 200, 200]);
    expect(Math.max(...inFlight)).toBeLessThanOrEqual(2);
  });

  it('takes AML tokens of its own endpoint and AAD tokens where the endpoint says so', async () => {
    const tokens = await createEndpoint(twin, client, 'tokens', 'AMLToken');
    const directory = await createEndpoint(twin, client, 'directory', 'AADToken');
    for (const endpoint of [tokens, directory]) {
      await endpoint.deploy('blue', endpoint.body());
      await endpoint.setTraffic({ blue: 100 });
    }
    const { accessToken = '' } = await client.onlineEndpoints.getToken(
      twin.resourceGroup,
      twin.workspaceName,
      'tokens',
    );
    expect((await tokens.score({}, { authorization: `Bearer ${accessToken}` })).status).toBe(200);
    expect((await tokens.score({}, { authorization: `Bearer ${twin.token()}` })).status).toBe(401);
    expect((await directory.score({}, { authorization: `Bearer ${accessToken}` })).status).toBe(401);
    const aad = twin.token('https://ml.azure.com');
    expect((await directory.score({}, { authorization: `Bearer ${aad}` })).status).toBe(200);
    expect(
      (await directory.score({}, { authorization: `Bearer ${twin.token('https://storage.azure.com')}` }))
        .status,
    ).toBe(401);
  });

  it('answers 404 when no deployment takes traffic', async () => {
    const idle = await createEndpoint(twin, client, 'idle');
    await idle.deploy('blue', idle.body());
    expect((await idle.score()).status).toBe(404);
    expect((await idle.score({}, { 'azureml-model-deployment': 'blue' })).status).toBe(200);
  });

  it('brings a scorer back that was killed, or that fails its liveness probe', async () => {
    const sturdy = await createEndpoint(twin, client, 'sturdy');
    const liveness = { initialDelay: 'PT1S', period: 'PT1S', timeout: 'PT1S', failureThreshold: 1 };
    await sturdy.deploy('cyan', sturdy.body({ livenessProbe: liveness }));
    await sturdy.setTraffic({ cyan: 100 });
    const comesBack = async (harm: (pid: number) => unknown): Promise<void> => {
      // A machine that stands still fails a probe of a second as well: then another process is on its way.
      await expect.poll(() => firstScorer('cyan')).toEqual(expect.any(Number));
      const before = firstScorer('cyan') ?? Number.NaN;
      await harm(before);
      await expect
        .poll(async () => {
          const answer = await sturdy.score().catch(() => undefined);
          return answer?.status === 200 ? answer.json['pid'] !== before : false;
        })
        .toBe(true);
    };
    await comesBack((pid) => signalProcess(pid, 'SIGKILL'));
    await comesBack(() => sturdy.score({ sicken: true }));
    const logs = await client.onlineDeployments.getLogs(
      twin.resourceGroup,
      twin.workspaceName,
      'sturdy',
      'cyan',
      {},
    );
    expect(logs.content).toContain('liveness probe failed');
  });

  it('answers 502 when the container dies with a request', async () => {
    expect((await pets.score({ exit: 9 })).status).toBe(502);
    await expect.poll(async () => (await pets.score()).status).toBe(200);
  });

  it('fails no request while traffic moves, while a deployment rolls, and while a broken one is tried', async () => {
    const busy = await createEndpoint(twin, client, 'busy');
    const settings = { ...patient, maxConcurrentRequestsPerInstance: 20 };
    await busy.deploy(
      'old',
      busy.body({ requestSettings: settings, environmentVariables: { REVISION: '1' } }),
    );
    await busy.setTraffic({ old: 100 });
    const statuses: number[] = [];
    const done = new AbortController();
    const client5PerSecond = (async () => {
      while (!done.signal.aborted) {
        statuses.push((await busy.score({ hangMs: 30 })).status);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    await busy.deploy(
      'new',
      busy.body({ requestSettings: settings, environmentVariables: { REVISION: '2' } }),
    );
    await busy.setTraffic({ old: 50, new: 50 });
    await busy.setTraffic({ new: 100 });
    await busy.deploy(
      'new',
      busy.body({ requestSettings: settings, environmentVariables: { REVISION: '3' } }),
    );
    await expect(
      busy.deploy(
        'new',
        busy.body({ requestSettings: settings, environmentVariables: { FAIL_AT_START: 'broken' } }),
      ),
    ).rejects.toThrow('broken');
    expect((await busy.score()).json['revision']).toBe('3');
    await expect.poll(() => statuses.length).toBeGreaterThan(20);
    done.abort();
    await client5PerSecond;
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(twin.report().deployments.find((known) => known.deployment === 'new')?.instances).toHaveLength(1);
  });
});
