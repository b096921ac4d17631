import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { smallPackage } from '../../helpers/small-package.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';
import { registerFolder } from '../../helpers/twin-assets.ts';
import { createEndpoint } from '../../helpers/twin-deployment.ts';
import type { DeployedEndpoint } from '../../helpers/twin-deployment.ts';

/** No stand-ins: `aml-deit serve`, a model package, a picture. */
describe('a model package behind the scoring URL', () => {
  let twin: Twin;
  let client: AzureMachineLearningWorkspaces;
  let directory: string;
  let pets: DeployedEndpoint;
  let picture: string;

  beforeAll(async () => {
    directory = await smallPackage();
    twin = await createTwin();
    client = createAzureClient(twin);
    pets = await createEndpoint(twin, client, 'pets');
    const model = await registerFolder(twin, client, directory, 'small');
    await pets.deploy('blue', pets.body({ model }));
    await pets.setTraffic({ blue: 100 });
    picture = Buffer.from(await encodeImage(syntheticPicture(40, 30, 'waves'), { format: 'png' })).toString(
      'base64',
    );
  });
  afterAll(async () => {
    await twin.close();
    rmSync(dirname(directory), { recursive: true, force: true });
  });

  const classify = (): ReturnType<DeployedEndpoint['score']> =>
    pets.score({ input_data: { columns: ['image'], index: [0], data: [picture] } });
  const scorers = (): (number | null)[] =>
    twin.report().deployments.flatMap((known) => known.instances.map((instance) => instance.pid));

  it('classifies a picture, and says what is wrong with one that is none', async () => {
    const answer = await classify();
    expect(answer.status).toBe(200);
    const [first] = answer.json as unknown as { probs: number[]; labels: string[] }[];
    expect(first?.labels).toEqual(['can', 'carton', 'bottle']);
    expect(first?.probs.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 5);
    const refused = await pets.score({
      input_data: { columns: ['image'], index: [0], data: ['bm8gcGljdHVyZQ=='] },
    });
    expect([refused.status, refused.headers['ms-azureml-model-error-statuscode']]).toEqual([424, '400']);
  });

  it('refuses a body over its own limit with its own status beside the 424', async () => {
    const refused = await pets.score(' '.repeat(40 * 2 ** 20));
    expect([refused.status, refused.headers['ms-azureml-model-error-statuscode']]).toEqual([424, '413']);
  });

  it('comes back when its process is killed, as one process', async () => {
    const [before] = scorers();
    signalProcess(before, 'SIGKILL');
    await expect
      .poll(async () => (await classify().catch(() => undefined))?.status === 200 && scorers()[0] !== before)
      .toBe(true);
    expect(scorers()).toHaveLength(1);
  });

  it('fails a deployment whose graph is broken, with the cause and the log, and serves on', async () => {
    const broken = join(dirname(directory), 'broken');
    cpSync(directory, broken, { recursive: true });
    const graph = Buffer.alloc(1000, 7);
    writeFileSync(join(broken, 'model.onnx'), graph);
    const manifestFile = join(broken, 'aml-deit.json');
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as { files: Record<string, object> };
    manifest.files['model.onnx'] = { bytes: 1000, sha256: createHash('sha256').update(graph).digest('hex') };
    writeFileSync(manifestFile, JSON.stringify(manifest));
    const model = await registerFolder(twin, client, broken, 'broken');
    await expect(pets.deploy('green', pets.body({ model }))).rejects.toThrow(/ResourceNotReady.*model\.onnx/);
    const logs = await client.onlineDeployments.getLogs(
      twin.resourceGroup,
      twin.workspaceName,
      'pets',
      'green',
      {},
    );
    expect(logs.content).toContain('"level":"error"');
    expect((await classify()).status).toBe(200);
    expect(scorers()).toHaveLength(1);
  });
});
