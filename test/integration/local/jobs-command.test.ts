import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { processExists } from '../../helpers/processes.ts';
import { putBlob } from '../../helpers/twin-assets.ts';
import {
  blobText,
  endOf,
  jobProperties,
  logOf,
  prepareJobs,
  putJob,
  requestDataPlane,
  runJob,
} from '../../helpers/twin-jobs.ts';
import type { JobSetting } from '../../helpers/twin-jobs.ts';
import { requestArm, requestTwin } from '../../helpers/twin-request.ts';

describe('command jobs', () => {
  let twin: Twin;
  let setting: JobSetting;
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-jobs-'));

  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    setting = await prepareJobs(twin);
    await putBlob(twin, setting.client, 'raw/a.txt', 'A');
    await putBlob(twin, setting.client, 'raw/deep/b.txt', 'B');
  });
  afterAll(async () => {
    await twin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const raw = 'azureml://datastores/workspaceblobstore/paths/raw/';
  const data = { raw: { jobInputType: 'uri_folder', uri: raw } };
  const details = (name: string) => requestDataPlane(twin, 'history', `/runs/${name}/details`);
  /** Waits for the end of a process that was told to end. It may have been killed before it said who it is. */
  const isGone = async (name: string): Promise<void> => {
    const file = join(folder, `${name}.pid`);
    if (!existsSync(file)) return;
    const pid = Number(readFileSync(file, 'utf8'));
    await expect.poll(() => processExists(pid)).toBe(false);
  };

  it('copy an input to an output, which is stored and resolved', async () => {
    const answer = await putJob(
      twin,
      'copy',
      setting.command('copy ${{inputs.raw}} ${{outputs.all}}', {
        inputs: data,
        outputs: { all: { jobOutputType: 'uri_folder' } },
        experimentName: 'first',
        tags: { who: 'me' },
      }),
    );
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toContain('/jobs/copy?api-version=');
    expect(answer.json['properties']).toMatchObject({ status: 'Starting', tags: { who: 'me' } });
    expect(await endOf(twin, 'copy')).toBe('Completed');
    expect(await blobText(twin, 'azureml/copy/all/a.txt')).toBe('A');
    expect(await blobText(twin, 'azureml/copy/all/deep/b.txt')).toBe('B');
    const { outputs, properties } = await jobProperties(twin, 'copy');
    expect(outputs['all']?.uri).toMatch(/\/datastores\/workspaceblobstore\/paths\/azureml\/copy\/all\/$/);
    expect(properties['aml-deit.execution']).toContain('local process');

    const runData = await requestDataPlane(twin, 'history', '/rundata?api-version=v1.0', {
      method: 'POST',
      body: {
        runId: 'copy',
        selectRunMetadata: true,
        selectRunDefinition: true,
        selectJobSpecification: true,
      },
    });
    const made = (
      runData.json['runMetadata'] as { outputs: Record<string, { assetId: string; type: string }> }
    ).outputs;
    const assetId = made['all']?.assetId ?? '';
    const resolved = await requestDataPlane(
      twin,
      'data',
      '/dataversion/batchGetResolvedUris?api-version=1.5.0',
      { method: 'POST', body: { values: [assetId] } },
    );
    expect(resolved.json['values']).toEqual({
      [assetId]: { uri: outputs['all']?.uri, type: 'UriFolder', legacyDatasetType: null },
    });
  });

  it('show their output in a log that says what they are', async () => {
    expect(await runJob(twin, 'words', setting.command('words one two'))).toBe('Completed');
    const log = await logOf(twin, 'words');
    expect(log).toContain('["one","two"]');
    expect(log).toContain('is a local process of this machine');
    expect(log).toContain('bare/versions/1');
  });

  it('fill in literals, and addresses of direct inputs', async () => {
    const command = setting.command('words ${{inputs.rate}} ${{inputs.raw}}', {
      inputs: {
        rate: { jobInputType: 'literal', value: '5e-05' },
        raw: { jobInputType: 'uri_folder', uri: raw, mode: 'Direct' },
      },
    });
    expect(await runJob(twin, 'fill', command)).toBe('Completed');
    expect(await logOf(twin, 'fill')).toContain(`["5e-05","${raw}"]`);
  });

  it('get a file for the address of one blob', async () => {
    const command = setting.command('list ${{inputs.one}}', {
      inputs: {
        one: { jobInputType: 'uri_file', uri: 'azureml://datastores/workspaceblobstore/paths/raw/a.txt' },
      },
    });
    expect(await runJob(twin, 'onefile', command)).toBe('Completed');
    expect(await logOf(twin, 'onefile')).toContain('"file"');
  });

  it('write to an address that they are given', async () => {
    const command = setting.command('write ${{outputs.one}} hello', {
      outputs: {
        one: {
          jobOutputType: 'uri_file',
          uri: 'azureml://datastores/workspaceblobstore/paths/mine/${{name}}/hello.txt',
        },
      },
    });
    expect(await runJob(twin, 'given', command)).toBe('Completed');
    expect(await blobText(twin, 'mine/given/hello.txt')).toBe('hello');
  });

  it('register an output that has a name, as data or as a model, in the next version', async () => {
    const command = (type: string): Record<string, unknown> =>
      setting.command('copy ${{inputs.raw}} ${{outputs.out}}', {
        inputs: data,
        outputs: { out: { jobOutputType: type, assetName: 'kept' } },
      });
    expect(await runJob(twin, 'keep1', command('uri_folder'))).toBe('Completed');
    expect(await runJob(twin, 'keep2', command('uri_folder'))).toBe('Completed');
    expect(await runJob(twin, 'keep3', command('custom_model'))).toBe('Completed');
    const version = await requestArm(twin, '/data/kept/versions/2');
    expect(version.json['properties']).toMatchObject({
      dataType: 'uri_folder',
      dataUri: (await jobProperties(twin, 'keep2')).outputs['out']?.uri,
    });
    expect((await jobProperties(twin, 'keep2')).outputs['out']?.assetVersion).toBe('2');
    const model = await requestArm(twin, '/models/kept/versions/1');
    expect(model.json['properties']).toMatchObject({ modelType: 'custom_model' });

    const next = setting.command('list ${{inputs.data}}', {
      inputs: {
        data: { jobInputType: 'uri_folder', uri: `${setting.workspaceId}/data/kept/versions/1` },
        model: { jobInputType: 'custom_model', uri: `${setting.workspaceId}/models/kept/versions/1` },
      },
    });
    expect(await runJob(twin, 'reads', next)).toBe('Completed');
    expect(await logOf(twin, 'reads')).toContain('["a.txt","deep"]');
  });

  it('read the outputs of other jobs, as models and data do', async () => {
    const made = setting.command('write ${{outputs.o}}/model.txt weights', {
      outputs: { o: { jobOutputType: 'uri_folder' } },
    });
    expect(await runJob(twin, 'maker', made)).toBe('Completed');
    const uri = 'azureml://jobs/maker/outputs/o';
    const { resourceGroup, workspaceName } = twin;
    const model = await setting.client.modelVersions.createOrUpdate(
      resourceGroup,
      workspaceName,
      'made',
      '1',
      {
        properties: { modelUri: uri, modelType: 'custom_model' },
      },
    );
    expect(model.properties.modelUri).toMatch(/\/paths\/azureml\/maker\/o$/);
    const read = setting.command('list ${{inputs.x}}', {
      inputs: { x: { jobInputType: 'uri_folder', uri } },
    });
    expect(await runJob(twin, 'reader', read)).toBe('Completed');
    expect(await logOf(twin, 'reader')).toContain('["model.txt"]');
    const refused = await requestArm(twin, '/models/made/versions/2', {
      method: 'PUT',
      body: { properties: { modelUri: 'azureml://jobs/maker/outputs/none' } },
    });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('the output \\"none\\"')]);
  });

  it('know where they are and how to reach the twin', async () => {
    const names = ['AZUREML_RUN_ID', 'AZUREML_EXPERIMENT_NAME', 'MLFLOW_RUN_ID', 'MLFLOW_TRACKING_URI'];
    const more = [
      'AZUREML_ARM_WORKSPACE_NAME',
      'AZURE_ML_INPUT_rate',
      'MINE',
      'IDENTITY_ENDPOINT',
      'TEST_ONLY_SECRET',
    ];
    const command = setting.command(`env \${{outputs.o}} ${[...names, ...more].join(' ')}`, {
      experimentName: 'e1',
      inputs: { rate: { jobInputType: 'literal', value: '2' } },
      outputs: { o: { jobOutputType: 'uri_file' } },
      environmentVariables: { MINE: 'yes' },
    });
    process.env['TEST_ONLY_SECRET'] = 'not for children';
    try {
      expect(await runJob(twin, 'env', command)).toBe('Completed');
    } finally {
      delete process.env['TEST_ONLY_SECRET'];
    }
    expect(JSON.parse((await blobText(twin, 'azureml/env/o/o')) ?? '')).toEqual({
      AZUREML_RUN_ID: 'env',
      AZUREML_EXPERIMENT_NAME: 'e1',
      MLFLOW_RUN_ID: 'env',
      MLFLOW_TRACKING_URI: `${twin.endpoint}/mlflow/v1.0${setting.workspaceId}`,
      AZUREML_ARM_WORKSPACE_NAME: twin.workspaceName,
      AZURE_ML_INPUT_rate: '2',
      MINE: 'yes',
      IDENTITY_ENDPOINT: twin.descriptor.identity.endpoint,
    });
  });

  it('run a process for each rank, with a log of its own', async () => {
    const command = setting.command('env ${{outputs.o}}/$RANK.json RANK LOCAL_RANK NODE_RANK WORLD_SIZE', {
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 2 },
      resources: { instanceCount: 2 },
      outputs: { o: { jobOutputType: 'uri_folder' } },
    });
    // A shell's own variable: in cmd it is written otherwise.
    if (process.platform === 'win32')
      command['command'] = String(command['command']).replace('$RANK', '%RANK%');
    expect(await runJob(twin, 'ranks', command)).toBe('Completed');
    const last = JSON.parse((await blobText(twin, 'azureml/ranks/o/3.json')) ?? '') as unknown;
    expect(last).toEqual({ RANK: '3', LOCAL_RANK: '1', NODE_RANK: '1', WORLD_SIZE: '4' });
    expect(Object.keys((await details('ranks')).json['logFiles'] as object)).toEqual(
      ['00', '01', '02', '03'].map((rank) => `user_logs/std_log_process_${rank}.txt`),
    );
  });

  it('fail with the exit code and the last words of the command', async () => {
    expect(await runJob(twin, 'fails', setting.command('fail 7'))).toBe('Failed');
    const { error } = (await details('fails')).json as {
      error: { error: { code: string; message: string } };
    };
    expect(error.error.code).toBe('UserError');
    expect(error.error.message).toMatch(/exit code 7[\s\S]*this went wrong/);
  });

  it('fail with what failed first, not with what was ended because of it', async () => {
    const command = setting.command('fail-last 7', {
      distribution: { distributionType: 'PyTorch', processCountPerInstance: 2 },
    });
    expect(await runJob(twin, 'first-cause', command)).toBe('Failed');
    expect((await details('first-cause')).text).toMatch(
      /exit code 7\. See the log user_logs\/std_log_process_01/,
    );
  });

  it('fail when their data is not there', async () => {
    const command = setting.command('list ${{inputs.x}}', {
      inputs: {
        x: { jobInputType: 'uri_folder', uri: 'azureml://datastores/workspaceblobstore/paths/none' },
      },
    });
    expect(await runJob(twin, 'nodata', command)).toBe('Failed');
    expect((await details('nodata')).text).toContain('nothing is stored at the address');
  });

  it('fail when their time is up', async () => {
    const command = setting.command(`wait ${folder} late`, {
      limits: { jobLimitsType: 'Command', timeout: 'PT2S' },
    });
    expect(await runJob(twin, 'late', command)).toBe('Failed');
    expect((await details('late')).text).toContain('longer than its limit of 2 s');
    await isGone('late');
  });

  it('end when they are canceled, with their process, and do not mind to be canceled again', async () => {
    await putJob(twin, 'stopped', setting.command(`wait ${folder} stopped`));
    const pidFile = join(folder, 'stopped.pid');
    await expect.poll(() => existsSync(pidFile)).toBe(true);
    expect((await jobProperties(twin, 'stopped')).status).toBe('Running');
    const answer = await requestArm(twin, '/jobs/stopped/cancel', { method: 'POST' });
    expect(answer.status).toBe(202);
    const location = String(answer.headers['location']);
    expect(location).toContain('/mfeOperationResults/jc:');
    const authorization = `Bearer ${twin.token()}`;
    const poll = async (): Promise<number> =>
      (await requestTwin(twin, location, { headers: { authorization } })).status;
    await expect.poll(poll).toBe(200);
    expect((await jobProperties(twin, 'stopped')).status).toBe('Canceled');
    await isGone('stopped');
    expect((await requestArm(twin, '/jobs/stopped/cancel', { method: 'POST' })).status).toBe(200);
  });

  it('end with what they left running in the background', async () => {
    expect(await runJob(twin, 'leaves', setting.command(`leave ${folder} left`))).toBe('Completed');
    expect(existsSync(join(folder, 'left.pid'))).toBe(true);
    await isGone('left');
  });

  it('fail, with their process gone, when their node is lost', async () => {
    const { id } = twin.faults.add({ kind: 'node-killed', path: 'jobs/lost', times: 1 });
    expect(await runJob(twin, 'lost', setting.command(`wait ${folder} lost`))).toBe('Failed');
    expect((await details('lost')).text).toMatch(/"code":"SystemError".*was lost/);
    twin.faults.clear(id);
    await isGone('lost');
  });

  it('show their log while they run', async () => {
    await putJob(twin, 'live', setting.command(`wait ${folder} live`));
    await expect.poll(() => existsSync(join(folder, 'live.pid'))).toBe(true);
    expect(await logOf(twin, 'live')).toContain('run live is a local process');
    expect((await details('live')).json['status']).toBe('Running');
    writeFileSync(join(folder, 'go'), '');
    expect(await endOf(twin, 'live')).toBe('Completed');
    rmSync(join(folder, 'go'));
  });
});
