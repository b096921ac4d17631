import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import {
  endOf,
  jobProperties,
  prepareJobs,
  putJob,
  requestDataPlane,
  runJob,
} from '../../helpers/twin-jobs.ts';
import type { JobSetting } from '../../helpers/twin-jobs.ts';
import { requestArm, requestTwin } from '../../helpers/twin-request.ts';

describe('looking after jobs', () => {
  let twin: Twin;
  let setting: JobSetting;

  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    setting = await prepareJobs(twin);
    for (const name of ['one', 'two', 'three'])
      await runJob(twin, name, setting.command(`words ${name}`, { tags: { of: name } }));
  });
  afterAll(() => twin.close());

  const scope = (): [string, string] => [twin.resourceGroup, twin.workspaceName];
  const patchRun = (name: string, body: object, experiment = 'Default') =>
    requestDataPlane(twin, 'history', `/experiments/${experiment}/runs/${name}?api-version=v1.0`, {
      method: 'PATCH',
      body,
    });
  const namesOf = async (query: string): Promise<unknown[]> => {
    const answer = await requestArm(twin, `/jobs?${query}`);
    return (answer.json['value'] as { name: string }[]).map(({ name }) => name);
  };

  it('lists them newest first, by page, type and tag, for the typed client as well', async () => {
    expect(await namesOf('listViewType=ActiveOnly')).toEqual(['three', 'two', 'one']);
    expect(await namesOf('jobType=Pipeline')).toEqual([]);
    expect(await namesOf('jobType=Command&tag=of%3Dtwo')).toEqual(['two']);
    expect(await namesOf('tag=other')).toEqual([]);
    const page = await requestArm(twin, '/jobs?$top=2');
    const next = String(page.json['nextLink']);
    expect([...new URL(next).searchParams.keys()]).toEqual(['$top', 'api-version', '$skipToken']);
    expect((await requestArm(twin, '/jobs?$skipToken=other')).status).toBe(400);
    const rest = await requestTwin(twin, next, { headers: { authorization: `Bearer ${twin.token()}` } });
    expect((rest.json['value'] as { name: string }[]).map(({ name }) => name)).toEqual(['one']);
    const typed: unknown[] = [];
    for await (const job of setting.client.jobs.list(...scope()))
      typed.push([job.name, job.properties.jobType]);
    expect(typed).toEqual([
      ['three', 'Command'],
      ['two', 'Command'],
      ['one', 'Command'],
    ]);
    expect((await requestArm(twin, '/jobs?listViewType=Some')).status).toBe(400);
  });

  it('changes names, tags and the archive through run history', async () => {
    const answer = await patchRun('one', {
      displayName: 'the first',
      description: 'a text',
      tags: { more: 'tags' },
      properties: { p: '1' },
    });
    expect(answer.status).toBe(200);
    expect(await jobProperties(twin, 'one')).toMatchObject({
      displayName: 'the first',
      description: 'a text',
      tags: { of: 'one', more: 'tags' },
    });
    expect((await patchRun('one', { hidden: true })).status).toBe(200);
    expect((await jobProperties(twin, 'one'))['isArchived']).toBe(true);
    expect(await namesOf('listViewType=ActiveOnly')).toEqual(['three', 'two']);
    expect(await namesOf('listViewType=ArchivedOnly')).toEqual(['one']);
    expect(await namesOf('listViewType=All')).toEqual(['three', 'two', 'one']);
    expect((await patchRun('one', { hidden: false })).status).toBe(200);
    expect((await patchRun('one', { colour: 'red' })).status).toBe(400);
    expect((await patchRun('one', { hidden: true }, 'Other')).status).toBe(404);
    expect((await patchRun('none', { hidden: true })).status).toBe(404);
  });

  it('takes what it gave back, with other texts, and refuses another command', async () => {
    const given = (await requestArm(twin, '/jobs/two')).json['properties'] as object;
    const same = await putJob(twin, 'two', { ...given, displayName: 'renamed', tags: { new: 'tag' } });
    expect([same.status, same.json['properties']]).toEqual([
      200,
      expect.objectContaining({ displayName: 'renamed', tags: { new: 'tag' }, status: 'Completed' }),
    ]);
    const other = await putJob(twin, 'two', setting.command('words else'));
    expect([other.status, other.text]).toEqual([400, expect.stringContaining('not command')]);
  });

  it('cancels one through run history, by itself and by its experiment, and again', async () => {
    await putJob(twin, 'ends', setting.command('words', { command: 'node -e "setInterval(() => 0, 1000)"' }));
    const cancel = (path: string) => requestDataPlane(twin, 'history', path, { method: 'POST' });
    const asked = await cancel('/runs/ends/cancel?CancelationReason=enough');
    expect([asked.status, asked.json['status']]).toEqual([200, 'CancelRequested']);
    expect(await endOf(twin, 'ends')).toBe('Canceled');
    const again = await cancel('/experiments/Default/runs/ends/cancel');
    expect([again.status, again.json['status']]).toEqual([200, 'Canceled']);
    expect((await cancel('/experiments/Other/runs/ends/cancel')).status).toBe(404);
    await requestArm(twin, '/jobs/ends', { method: 'DELETE' });
  });

  it('deletes one that has ended, and none that has not', async () => {
    await setting.client.jobs.beginDeleteAndWait(...scope(), 'three', { updateIntervalInMs: 20 });
    expect((await requestArm(twin, '/jobs/three')).status).toBe(404);
    expect((await requestArm(twin, '/jobs/three', { method: 'DELETE' })).status).toBe(204);
    expect((await requestDataPlane(twin, 'history', '/runs/three')).status).toBe(404);
    await putJob(twin, 'runs', setting.command('words', { command: 'node -e "setInterval(() => 0, 1000)"' }));
    const refused = await requestArm(twin, '/jobs/runs', { method: 'DELETE' });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('cancel it')]);
    await setting.client.jobs.beginCancelAndWait(...scope(), 'runs', { updateIntervalInMs: 20 });
    expect((await setting.client.jobs.get(...scope(), 'runs')).properties.status).toBe('Canceled');
  });

  const errorOf = (json: Record<string, unknown>) =>
    json['error'] as { code: string; message: string; details: { code: string }[] };

  it.each([
    ['an unknown member', { colour: 'red' }, 400, 'properties.colour is not a known property'],
    ['no command', { command: null }, 400, 'properties.command is required'],
    ['no environment', { environmentId: null }, 400, 'properties.environmentId is required'],
    [
      'an unknown type of input',
      { inputs: { x: { jobInputType: 'table' } } },
      400,
      'jobInputType is "table"',
    ],
    [
      'an unknown member of an input',
      { inputs: { x: { jobInputType: 'literal', value: '1', path: 'p' } } },
      400,
      'x.path is not a known property',
    ],
    [
      'an input without an address',
      { inputs: { x: { jobInputType: 'uri_file' } } },
      400,
      'inputs.x has no uri',
    ],
    [
      'an unknown mode',
      { inputs: { x: { jobInputType: 'uri_file', uri: 'azureml:a:1', mode: 'Fast' } } },
      400,
      'mode is "Fast"',
    ],
    [
      'an input that is not there',
      { command: 'echo ${{inputs.none}}' },
      400,
      '${{inputs.none}}, which does not exist',
    ],
    [
      'an output that is not there',
      { command: 'echo ${{outputs.none}}' },
      400,
      '${{outputs.none}}, which does not exist',
    ],
    ['an expression that means nothing', { command: 'echo ${{search.lr}}' }, 400, '${{search.lr}}, expected'],
    [
      'a reference to a pipeline',
      { inputs: { x: { jobInputType: 'literal', value: '${{parent.inputs.x}}' } } },
      400,
      'inputs.x refers to a pipeline',
    ],
    [
      'a timeout that is none',
      { limits: { jobLimitsType: 'Command', timeout: '5' } },
      400,
      'expected an ISO 8601 duration',
    ],
    ['too many processes', { resources: { instanceCount: 65 } }, 400, '1 to 64'],
    ['an instance count of nothing', { resources: { instanceCount: 0 } }, 400, 'at least 1'],
    [
      'an input name that is a path',
      { inputs: { '../x': { jobInputType: 'literal', value: '1' } } },
      400,
      'expected letters, digits',
    ],
    ['a type of job that is not run here', { jobType: 'Sweep' }, 501, 'A job of type Sweep'],
    ['a type of job that nobody knows', { jobType: 'Magic' }, 400, 'jobType is "Magic"'],
    [
      'a user identity without its token',
      { identity: { identityType: 'UserIdentity' } },
      400,
      'x-azureml-token',
    ],
  ])('refuses a job with %s', async (_what, change, status, message) => {
    const answer = await putJob(twin, 'refused', { ...setting.command('words'), ...change });
    expect([answer.status, errorOf(answer.json).message]).toEqual([status, expect.stringContaining(message)]);
    expect((await requestArm(twin, '/jobs/refused')).status).toBe(404);
  });

  it('names RequestInvalid for a member that it does not know, and NotFound for what is missing', async () => {
    const unknownMember = await putJob(twin, 'refused', { ...setting.command('words'), colour: 'red' });
    expect(errorOf(unknownMember.json)).toMatchObject({
      code: 'UserError',
      details: [{ code: 'RequestInvalid' }],
    });
    const input = (uri: string): object => ({ inputs: { x: { jobInputType: 'uri_folder', uri } } });
    for (const change of [
      input(`${setting.workspaceId}/data/none/versions/1`),
      input('azureml:none:1'),
      input('azureml://jobs/none/outputs/o'),
      input('azureml://registries/azureml/models/none/versions/1'),
      { environmentId: `${setting.workspaceId}/environments/none/versions/1` },
      { codeId: `${setting.workspaceId}/codes/none/versions/1` },
      { computeId: `${setting.workspaceId}/computes/none` },
    ]) {
      const answer = await putJob(twin, 'refused', { ...setting.command('words'), ...change });
      expect([answer.status, errorOf(answer.json).code]).toEqual([404, 'NotFound']);
    }
  });

  it.each(['a.b', '-x', 'a%2Fb', `a${'b'.repeat(255)}`])('refuses the name %s', async (name) => {
    expect((await putJob(twin, name, setting.command('words'))).status).toBe(400);
  });

  it('says of a job, a run and an operation on one that they are not there', async () => {
    expect((await requestArm(twin, '/jobs/none')).status).toBe(404);
    expect((await requestArm(twin, '/jobs/none/cancel', { method: 'POST' })).status).toBe(404);
    for (const rest of ['/runs/none', '/runs/none/details', '/runs/none/children', '/runs/none/metrics'])
      expect((await requestDataPlane(twin, 'history', rest)).status).toBe(404);
    const data = await requestDataPlane(twin, 'data', '/dataversion/batchGetResolvedUris', {
      method: 'POST',
      body: { values: ['azureml://locations/local/workspaces/x/data/none/versions/1'] },
    });
    expect(data.status).toBe(404);
  });

  it('lets a client that looks after the end see a job in progress once', async () => {
    await using slow = await createTwin();
    const prepared = await prepareJobs(slow);
    await putJob(slow, 'short', prepared.command('words'));
    expect(await endOf(slow, 'short')).toBe('Completed');
    const look = async () => (await requestDataPlane(slow, 'history', '/runs/short/details')).json;
    const [first, second] = [await look(), await look()];
    expect(first).toMatchObject({ status: 'Finalizing', endTimeUtc: null });
    expect(Object.keys(first['logFiles'] as object)).toEqual(['user_logs/std_log.txt']);
    expect(second['status']).toBe('Completed');
  });
});
