import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importRegistryModel } from '../../../src/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { createAzureClient } from '../../helpers/azure-client.ts';
import { writePictures } from '../../helpers/picture-folder.ts';
import { smallPackage } from '../../helpers/small-package.ts';
import { putBlob } from '../../helpers/twin-assets.ts';
import { blobText, childrenOf, endOf, jobProperties, logOf } from '../../helpers/twin-jobs.ts';
import { requestArm, requestTwin } from '../../helpers/twin-request.ts';

const pictures = 24;

describe('batch jobs of a model deployment', () => {
  let twin: Twin;
  let folder: string;
  let model: string;
  let paths: string[];
  let modelId: string;
  beforeAll(async () => {
    model = await smallPackage();
    folder = await mkdtemp(join(tmpdir(), 'aml-deit-batch-model-'));
    paths = await writePictures(folder, pictures, (index) => index === 5);
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    const client = createAzureClient(twin);
    for (const path of paths) await putBlob(twin, client, `in/${path}`, readFileSync(join(folder, path)));
    ({ id: modelId } = await importRegistryModel({ directory: model, env: twin.env }));
    await put('', { location: 'local', properties: { authMode: 'AADToken' } });
  });
  afterAll(async () => {
    await twin.close();
    await rm(folder, { recursive: true, force: true });
    await rm(dirname(model), { recursive: true, force: true });
  });

  const put = async (path: string, body: object): Promise<void> => {
    const answer = await requestArm(twin, `/batchEndpoints/bulk${path}`, { method: 'PUT', body });
    expect([200, 201]).toContain(answer.status);
    for (;;) {
      const { json } = await requestArm(twin, `/batchEndpoints/bulk${path}`);
      if ((json['properties'] as { provisioningState: string }).provisioningState === 'Succeeded') return;
      await sleep(20);
    }
  };
  const deploy = (name: string, properties: object): Promise<void> =>
    put(`/deployments/${name}`, {
      location: 'local',
      properties: {
        model: { referenceType: 'Id', assetId: modelId },
        resources: { instanceCount: 2 },
        miniBatchSize: 3,
        outputFileName: 'answers.csv',
        ...properties,
      },
    });
  const uri = 'azureml://datastores/workspaceblobstore/paths/in/';
  const invoke = async (deployment: string, properties: object = {}): Promise<string> => {
    const answer = await requestTwin(twin, `${twin.endpoint}/batch/bulk/jobs`, {
      method: 'POST',
      body: { properties: { inputData: { images: { jobInputType: 'UriFolder', uri } }, ...properties } },
      headers: {
        authorization: `Bearer ${twin.token('https://ml.azure.com')}`,
        'azureml-model-deployment': deployment,
      },
    });
    expect(answer.status).toBe(201);
    return String(answer.json['name']);
  };
  const filesOf = (csv: string): string[] =>
    csv
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf(',') + 1))
      .sort();
  const readable = (): string[] => paths.filter((_, index) => index !== 5).sort();

  it('score on as many processes as there are nodes, into the file that was named', async () => {
    await deploy('two', {});
    const job = await invoke('two');
    expect(await endOf(twin, job)).toBe('Completed');
    expect((await jobProperties(twin, job)).properties['aml-deit.simulated']).toContain('local twin');
    const [child, ...others] = await childrenOf(twin, job);
    expect([child?.displayName, others]).toEqual(['batchscoring', []]);
    const csv = (await blobText(twin, `azureml/${child?.runId}/score/answers.csv`)) ?? '';
    expect(filesOf(csv)).toEqual(readable());
    for (const rank of [0, 1])
      expect(await logOf(twin, child?.runId ?? '', `user_logs/std_log_process_0${rank}.txt`)).toContain(
        `12 rows in`,
      );
  });

  it('fail past the threshold, and leave no rows where only a summary is wanted', async () => {
    await deploy('strict', { errorThreshold: 0, resources: { instanceCount: 1 } });
    const failed = await invoke('strict');
    expect(await endOf(twin, failed)).toBe('Failed');
    const one = { resources: { instanceCount: 1 } };
    await deploy('summary', { outputAction: 'SummaryOnly', errorThreshold: 1, ...one });
    const job = await invoke('summary');
    expect(await endOf(twin, job)).toBe('Completed');
    const [child] = await childrenOf(twin, job);
    expect(await blobText(twin, `azureml/${child?.runId}/score/answers.csv`)).toBeUndefined();
  });

  it('are complete though a node was lost midway, and put their output where it was asked for', async () => {
    twin.faults.add({ kind: 'node-killed', ms: 1, rank: 1, times: 1 });
    const out = 'azureml://datastores/workspaceblobstore/paths/answers/';
    const job = await invoke('two', { outputData: { score: { jobOutputType: 'UriFolder', uri: out } } });
    expect(await endOf(twin, job)).toBe('Completed');
    expect(filesOf((await blobText(twin, 'answers/answers.csv')) ?? '')).toEqual(readable());
    const [child] = await childrenOf(twin, job);
    expect(await logOf(twin, child?.runId ?? '', 'user_logs/std_log_process_01.txt')).toMatch(
      /node of rank 1 was lost \(fault-1\): another takes its place[^]*12 rows in/,
    );
  });

  it('take one input of data, and no scoring script', async () => {
    const answer = await requestTwin(twin, `${twin.endpoint}/batch/bulk/jobs`, {
      method: 'POST',
      body: { properties: { inputData: {} } },
      headers: {
        authorization: `Bearer ${twin.token('https://ml.azure.com')}`,
        'azureml-model-deployment': 'two',
      },
    });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('takes one input')]);
  });
});
