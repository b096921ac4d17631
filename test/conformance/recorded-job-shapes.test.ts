import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { HttpMethods } from '@azure/core-rest-pipeline';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { createTwin } from '../../src/testing.ts';
import type { Twin } from '../../src/testing.ts';
import { createAzureClient } from '../helpers/azure-client.ts';
import { compareTrace, findRecordedShapes, hasPython, recordTrace } from '../helpers/trace-recorder.ts';
import type { TracedExchange } from '../helpers/trace-recorder.ts';
import { childrenOf, endOf, prepareJobs } from '../helpers/twin-jobs.ts';
import type { JobSetting } from '../helpers/twin-jobs.ts';

const folder = findRecordedShapes();

/** Jobs and run history against the shapes of the service's own. */
describe.skipIf(folder === undefined || !hasPython())('shapes of recorded jobs', () => {
  let twin: Twin;
  let setting: JobSetting;
  let client: AzureMachineLearningWorkspaces;
  let trace: TracedExchange[];
  const directory = mkdtempSync(join(tmpdir(), 'aml-deit-trace-'));

  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    setting = await prepareJobs(twin);
    client = createAzureClient(twin);
    trace = recordTrace(client);
  });
  afterAll(async () => {
    await twin.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const send = (method: HttpMethods, path: string, body?: object) =>
    client.sendRequest(
      createPipelineRequest({
        url: `${twin.endpoint}${path}`,
        method,
        headers: createHttpHeaders({
          authorization: `Bearer ${twin.token()}`,
          'content-type': 'application/json',
        }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );

  it('match for at least 95 % of the exchanges', async () => {
    const workspace = setting.workspaceId;
    const job = (name: string, rest = ''): string =>
      `${workspace}/jobs/${name}${rest}?api-version=2024-01-01-preview`;
    const history = (rest: string): string => `/history/v1.0${workspace}${rest}`;
    const put = (name: string, properties: object) => send('PUT', job(name), { properties });
    const outputs = { o: { jobOutputType: 'uri_folder' } };
    const write = await setting.component('write', 'write ${{outputs.o}}/a.txt x', {
      outputs: { o: { type: 'uri_folder' } },
    });
    const pipeline = (componentId: string): object => ({
      jobType: 'Pipeline',
      computeId: `${workspace}/computes/serverless`,
      inputs: { word: { jobInputType: 'literal', value: 'w' } },
      outputs,
      jobs: {
        a: {
          type: 'command',
          componentId,
          outputs: { o: { type: 'literal', value: '${{parent.outputs.o}}' } },
        },
      },
    });
    const readAll = async (name: string): Promise<void> => {
      await send('GET', job(name));
      await send('GET', history(`/runs/${name}/details`));
      await send('GET', history(`/runs/${name}/children`));
      const data = await send('POST', history('/rundata'), { runId: name });
      const { runMetadata } = JSON.parse(data.bodyAsText ?? '') as {
        runMetadata: { outputs: Record<string, { assetId: string }> };
      };
      const values = Object.values(runMetadata.outputs).map(({ assetId }) => assetId);
      await send('POST', `/data/v1.0${workspace}/dataversion/batchGetResolvedUris`, { values });
    };

    await send('GET', job('none'));
    await put(
      'command',
      setting.command('write ${{outputs.o}}/a.txt x', {
        outputs,
        inputs: { w: { jobInputType: 'literal', value: '1' } },
      }),
    );
    await send('GET', job('command'));
    await endOf(twin, 'command');
    await readAll('command');
    await put('fails', setting.command('fail 3'));
    await endOf(twin, 'fails');
    await readAll('fails');
    await put('pipeline', pipeline(write));
    await send('GET', job('pipeline'));
    await send('GET', history('/runs/pipeline/details'));
    await endOf(twin, 'pipeline');
    await readAll('pipeline');
    // The recordings have single runs of steps only: of jobs their clients ask the control plane.
    for (const { runId } of await childrenOf(twin, 'pipeline')) {
      await send('GET', history(`/runs/${runId}`));
      await readAll(runId);
    }
    await put('refused', { ...setting.command('words'), colour: 'red' });
    await put('refused', pipeline('azureml://registries/azureml/components/none/versions/1'));
    await put('pipeline', { ...pipeline(write), tags: { a: 'b' } });
    await send('POST', job('pipeline', '/cancel'));
    await send('POST', job('command', '/cancel'));
    await put('waits', { ...setting.command('words'), command: 'node -e "setInterval(() => 0, 1000)"' });
    await client.jobs.beginCancelAndWait(twin.resourceGroup, twin.workspaceName, 'waits', {
      updateIntervalInMs: 50,
    });
    await send('GET', job('waits'));
    for await (const one of client.jobs.list(twin.resourceGroup, twin.workspaceName)) void one;
    await client.jobs.beginDeleteAndWait(twin.resourceGroup, twin.workspaceName, 'waits', {
      updateIntervalInMs: 50,
    });

    const compared = compareTrace(folder ?? '', directory, [{ flow: 'jobs', trace }]);
    if (!compared.passed) throw new Error(compared.output);
    const counted = /(\d+) of (\d+) exchanges match/.exec(compared.output);
    expect(Number(counted?.[2])).toBeGreaterThan(35);
    process.stdout.write(`${compared.output.trimEnd().split('\n').at(-1)}\n`);
  });
});
