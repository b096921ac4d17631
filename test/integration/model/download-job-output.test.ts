import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { prepareJobs, runJob } from '../../helpers/twin-jobs.ts';
import { requestArm } from '../../helpers/twin-request.ts';

const text = '${{inputs.text}}';
const file = '${{outputs.file}}';

let twin: Twin;
let aml: AzureMl;
let root: string;

beforeAll(async () => {
  twin = await createTwin({ jobs: { lingerMs: 0 } });
  aml = await connectAzureMl({ kind: 'local', twin: twin.descriptor });
  root = await mkdtemp(join(tmpdir(), 'aml-deit-outputs-'));
  const setting = await prepareJobs(twin);
  const write = await setting.component('write', `write ${file} ${text}`, {
    inputs: { text: { type: 'string' } },
    outputs: { file: { type: 'uri_file' } },
  });
  const step = {
    type: 'command',
    componentId: write,
    _source: 'YAML.COMPONENT',
    inputs: { text: { job_input_type: 'literal', value: 'written' } },
    outputs: { file: { type: 'literal', value: '${{parent.outputs.result}}' } },
  };
  const output = { jobOutputType: 'uri_file' };
  const command = setting.command(`write ${file} ${text}`, {
    inputs: { text: { jobInputType: 'literal', value: 'alone' } },
    outputs: { file: output, registered: { ...output, assetName: 'kept', assetVersion: '3' } },
  });
  const ended = await Promise.all([
    runJob(twin, 'single', command),
    runJob(twin, 'whole', { jobType: 'Pipeline', jobs: { step }, outputs: { result: output } }),
  ]);
  if (ended.some((status) => status !== 'Completed')) throw new Error(`jobs ended as ${ended.join(', ')}`);
});
afterAll(async () => {
  aml.close();
  await twin.close();
  await rm(root, { recursive: true });
});

const fetched = async (address: string, name: string): Promise<string> => {
  const { files, directory } = await aml.downloadFolder(address, join(root, name));
  expect(files).toHaveLength(1);
  return await readFile(join(directory, files[0]?.path ?? ''), 'utf8');
};

describe('downloadFolder of what jobs left', () => {
  it('finds the output of a command', async () => {
    expect(await fetched('azureml://jobs/single/outputs/file', 'a')).toBe('alone');
  });

  it('finds the output of a pipeline, whose address only run history tells', async () => {
    const job = await requestArm(twin, '/jobs/whole');
    expect(job.json).toMatchObject({ properties: { outputs: { result: { uri: null } } } });
    expect(await fetched('azureml://jobs/whole/outputs/result', 'b')).toBe('written');
  });

  it('finds logs', async () => {
    const { files } = await aml.downloadFolder('azureml://jobs/single/outputs/artifacts', join(root, 'c'));
    expect(files.map(({ path }) => path)).toContain('user_logs/std_log.txt');
    const log = await fetched('azureml://jobs/single/outputs/artifacts/paths/user_logs/std_log.txt', 'd');
    expect(log).toEqual(expect.any(String));
  });

  it('says what outputs there are, when there is no such', async () => {
    const failure = await failureOf(aml.downloadFolder('azureml://jobs/single/outputs/no', join(root, 'e')));
    expect(failure).toMatchObject({ code: 'AZURE_NOT_FOUND' });
    expect(failure.hint).toContain('file');
  });

  it('takes nothing for an answer where nothing may be', async () => {
    const address = 'azureml://datastores/workspaceblobstore/paths/nothing/';
    const result = await aml.downloadFolder(address, join(root, 'f'), { mayBeEmpty: true });
    expect(result).toMatchObject({ files: [], totalBytes: 0 });
  });
});
