import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { pushImage } from '../../../src/index.ts';
import { packageVersion } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { makeSmallBase } from '../../helpers/small-base.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import type { DeployedEndpoint } from '../../helpers/twin-deployment.ts';

/** Without runc: what it does with it is tried where it can be installed (test/conformance). */
describe('the image that an environment names', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let root: string;
  let pets: DeployedEndpoint;
  let host: string;
  const runcBefore = process.env['AML_DEIT_RUNC'];

  beforeAll(async () => {
    process.env['AML_DEIT_RUNC'] = 'off';
    twin = await createTwin({ scorer: fixtureScorer });
    client = createAzureClient(twin);
    root = mkdtempSync(join(tmpdir(), 'aml-deit-images-'));
    host = new URL(twin.endpoint).host;
    const env = { ...twin.env, DOCKER_CONFIG: root };
    // By its label one of ours: what is in it matters to a container only.
    await makeSmallBase(join(root, 'ours'), { labels: { 'aml-deit.version': packageVersion() } });
    await makeSmallBase(join(root, 'base'));
    for (const [reference, from] of [
      ['team/scorer:1', 'ours'],
      ['team/other:1', 'base'],
    ] as const)
      await pushImage({ reference, from: join(root, from), target: 'local', env });
    pets = await createEndpoint(twin, client, 'pets');
  });
  afterAll(async () => {
    if (runcBefore === undefined) delete process.env['AML_DEIT_RUNC'];
    else process.env['AML_DEIT_RUNC'] = runcBefore;
    await twin.close();
    rmSync(root, { recursive: true, force: true });
  });

  const deploy = async (name: string, image: string, port = 5001): Promise<void> => {
    const route = (path: string): { path: string; port: number } => ({ path, port });
    const version = await client.environmentVersions.createOrUpdate(
      twin.resourceGroup,
      twin.workspaceName,
      name,
      '1',
      {
        properties: {
          image,
          inferenceConfig: {
            livenessRoute: route('/'),
            readinessRoute: route('/ready'),
            scoringRoute: route('/score'),
          },
        },
      },
    );
    await pets.deploy(name, pets.body({ environmentId: version.id ?? '' }));
  };
  const failure = async (name: string, image: string, port?: number): Promise<string> => {
    const error: unknown = await deploy(name, image, port).catch((thrown: unknown) => thrown);
    return JSON.stringify(error, Object.getOwnPropertyNames(error));
  };
  const logs = async (name: string): Promise<string> => {
    const answer = await client.onlineDeployments.getLogs(
      twin.resourceGroup,
      twin.workspaceName,
      'pets',
      name,
      {},
    );
    return answer.content ?? '';
  };

  it('is pulled from its registry and, without runc, run as a process of the same server, which the log says', async () => {
    await deploy('pushed', `${host}/team/scorer:1`);
    const log = await logs('pushed');
    expect(log).toContain(`${host}/team/scorer:1 (sha256:`);
    expect(log).toContain(
      `is run as a process of the same server, aml-deit ${packageVersion()}: AML_DEIT_RUNC is off`,
    );
    const deployment = twin.report().deployments.find((known) => known.deployment === 'pushed');
    expect(deployment?.instances.map(({ runs }) => runs)).toEqual(['process']);
  });

  it.each([
    ['that nobody pushed', () => `${host}/team/scorer:2`, /has no image team\/scorer:2/],
    ['of a registry that is not there', () => '127.0.0.1:1/team/scorer:1', /cannot be reached/],
    ['of a registry outside this machine', () => 'team.azurecr.io/scorer:1', /--pull-from team\.azurecr\.io/],
    ['that is no name', () => 'Not A Name', /names no image/],
  ])('fails the deployment as an image %s', async (what, image, message) => {
    const text = await failure(`no-${what.length}`, image());
    expect(text).toContain(`unable to download user container image: ${image()}`);
    expect(text).toMatch(message);
  });

  it('fails the deployment when it is another image than ours, which only a container could run', async () => {
    expect(await failure('other', `${host}/team/other:1`)).toContain(
      'cannot be run on this machine: AML_DEIT_RUNC is off',
    );
  });

  it('fails the deployment when its routes ask another port than it listens on', async () => {
    expect(await failure('port', `${host}/team/scorer:1`, 8080)).toContain('asks port 8080');
  });
});
