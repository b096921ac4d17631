import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { blobText, endOf, prepareJobs } from '../../helpers/twin-jobs.ts';
import { putBlob } from '../../helpers/twin-assets.ts';
import { requestArm, requestTwin } from '../../helpers/twin-request.ts';
import type { TwinAnswer } from '../../helpers/twin-request.ts';

describe('batch jobs of a pipeline-component deployment', () => {
  let twin: Twin;
  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0, parallelCommands: 2 } });
    const setting = await prepareJobs(twin);
    await putBlob(twin, setting.client, 'in/words.txt', Buffer.from('hello'));
    const score = await setting.component(
      'score',
      'append ${{inputs.data}} ${{outputs.scores}} ${{inputs.end}}',
      {
        inputs: { data: { type: 'uri_file' }, end: { type: 'string', default: '!' } },
        outputs: { scores: { type: 'uri_file' } },
      },
    );
    await put('', { location: 'local', properties: { authMode: 'AADToken' } });
    await put('/deployments/blue', {
      location: 'local',
      properties: {
        deploymentConfiguration: {
          deploymentConfigurationType: 'PipelineComponent',
          componentId: { referenceType: 'Id', assetId: score },
          settings: { default_compute: 'serverless' },
        },
      },
    });
  });
  afterAll(() => twin.close());

  const put = async (path: string, body: object): Promise<void> => {
    const answer = await requestArm(twin, `/batchEndpoints/nightly${path}`, { method: 'PUT', body });
    expect([200, 201]).toContain(answer.status);
    for (;;) {
      const { json } = await requestArm(twin, `/batchEndpoints/nightly${path}`);
      if ((json['properties'] as { provisioningState: string }).provisioningState === 'Succeeded') return;
      await sleep(20);
    }
  };
  const data = { jobInputType: 'UriFile', uri: 'azureml://datastores/workspaceblobstore/paths/in/words.txt' };
  const bearer = (): { authorization: string } => ({
    authorization: `Bearer ${twin.token('https://ml.azure.com')}`,
  });
  const read = (path: string): Promise<TwinAnswer> => requestTwin(twin, path, { headers: bearer() });
  const invoke = (properties: object, headers: Record<string, string> = {}): Promise<TwinAnswer> =>
    requestTwin(twin, `${twin.endpoint}/batch/nightly/jobs`, {
      method: 'POST',
      body: { properties },
      headers: { ...bearer(), ...headers },
    });

  it('run as pipeline jobs, whose output is where clients look, and are listed', async () => {
    const blue = { 'azureml-model-deployment': 'blue' };
    const made = await invoke({ inputData: { data } }, blue);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      properties: { status: 'Preparing', tags: { 'azureml.batchrun': 'true' } },
    });
    expect(made.headers.location).toContain('/mferp/managementfrontend/');
    const name = String(made.json['name']);
    expect(await endOf(twin, name)).toBe('Completed');
    expect(await blobText(twin, `azureml/${name}/scores/scores`)).toBe('hello!');
    const path = `/mferp/managementfrontend/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}/batchEndpoints/nightly`;
    for (const jobs of [`${path}/jobs`, `${path}/deployments/blue/jobs`]) {
      const listed = await read(`${jobs}?api-version=2020-09-01-dataplanepreview`);
      expect((listed.json['value'] as { name: string }[]).map((job) => job.name)).toEqual([name]);
    }
    const one = await read(`/batch/nightly/jobs/${name}`);
    expect(one.json).toMatchObject({ name, properties: { status: 'Completed' } });
  });

  it('take the default deployment, the unnamed single input, and literals; and are made once for a repeated request', async () => {
    expect((await invoke({ inputData: { data } })).status).toBe(400);
    await put('', {
      location: 'local',
      properties: { authMode: 'AADToken', defaults: { deploymentName: 'blue' } },
    });
    const again = { 'repeatability_request-id': 'a-request' };
    const inputData = { UriFile: data, end: { jobInputType: 'Literal', value: '?' } };
    const first = await invoke({ inputData }, again);
    const second = await invoke({ inputData }, again);
    expect(second.json['name']).toBe(first.json['name']);
    const name = String(first.json['name']);
    expect(await endOf(twin, name)).toBe('Completed');
    expect(await blobText(twin, `azureml/${name}/scores/scores`)).toBe('hello?');
  });

  it.each([
    ['an input that the component does not have', { inputData: { data, other: data } }],
    ['a missing input', { inputData: {} }],
    ['an unknown member', { inputData: { data }, dataset: {} }],
  ])('refuse %s', async (_what, properties) => {
    expect((await invoke(properties, { 'azureml-model-deployment': 'blue' })).status).toBe(400);
  });

  it('refuse a deployment that is not there, and a caller without a token', async () => {
    expect((await invoke({ inputData: { data } }, { 'azureml-model-deployment': 'red' })).status).toBe(404);
    expect((await invoke({ inputData: { data } }, { authorization: 'Bearer none' })).status).toBe(401);
  });
});
