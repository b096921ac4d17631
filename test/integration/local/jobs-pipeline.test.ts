import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { processExists } from '../../helpers/processes.ts';
import {
  blobText,
  childrenOf,
  endOf,
  jobProperties,
  logOf,
  prepareJobs,
  putJob,
  requestDataPlane,
  runJob,
} from '../../helpers/twin-jobs.ts';
import type { JobSetting } from '../../helpers/twin-jobs.ts';
import { requestArm } from '../../helpers/twin-request.ts';

describe('pipeline jobs', () => {
  let twin: Twin;
  let setting: JobSetting;
  let write: string;
  let append: string;
  let fail: string;
  let wait: string;
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-pipes-'));

  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0, parallelCommands: 2 } });
    setting = await prepareJobs(twin);
    const text = { type: 'string' };
    const file = { type: 'uri_file' };
    write = await setting.component(
      'write',
      'write ${{outputs.file}} ${{inputs.text}}$[[ and ${{inputs.more}}]]',
      {
        inputs: { text: { type: 'string', default: 'default' }, more: { type: 'string', optional: true } },
        outputs: { file },
      },
    );
    append = await setting.component('append', 'append ${{inputs.file}} ${{outputs.file}} ${{inputs.text}}', {
      inputs: { file, text },
      outputs: { file },
    });
    fail = await setting.component('fail', 'fail 5', { outputs: { file } });
    wait = await setting.component('wait', 'wait ${{inputs.folder}} ${{inputs.name}}', {
      inputs: { folder: text, name: text },
    });
  });
  afterAll(async () => {
    await twin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const literal = (value: string): object => ({ job_input_type: 'literal', value });
  const bound = (value: string): object => ({ type: 'literal', value });
  const node = (componentId: string, inputs: object = {}, outputs: object = {}): object => ({
    type: 'command',
    componentId,
    inputs,
    outputs,
    _source: 'YAML.COMPONENT',
  });
  const pipeline = (jobs: object, more: object = {}): object => ({ jobType: 'Pipeline', jobs, ...more });
  const statuses = async (name: string): Promise<Record<string, string>> =>
    Object.fromEntries((await childrenOf(twin, name)).map((run) => [run.displayName, run.status]));

  it('pass values and files from step to step, and out', async () => {
    const jobs = {
      last: node(
        append,
        { file: literal('${{parent.jobs.first.outputs.file}}'), text: literal('-${{parent.inputs.word}}-') },
        { file: bound('${{parent.outputs.result}}') },
      ),
      first: node(write, { text: literal('${{parent.inputs.word}}') }),
    };
    const status = await runJob(
      twin,
      'two',
      pipeline(jobs, {
        inputs: { word: { jobInputType: 'literal', value: 'w' } },
        outputs: { result: { jobOutputType: 'uri_file', assetName: 'result', assetVersion: '9' } },
      }),
    );
    expect(status).toBe('Completed');
    expect(await blobText(twin, 'azureml/two/result/file')).toBe('w-w-');
    const data = await requestArm(twin, '/data/result/versions/9');
    expect(data.json['properties']).toMatchObject({ dataType: 'uri_file' });
    const children = await childrenOf(twin, 'two');
    expect(children.map(({ displayName, status: end }) => [displayName, end])).toEqual([
      ['first', 'Completed'],
      ['last', 'Completed'],
    ]);
    expect(await logOf(twin, 'two', 'logs/azureml/executionlogs.txt')).toMatch(
      /first is Completed[\s\S]*last starts[\s\S]*pipeline completed/,
    );
    // A step is no job: the control plane shows it without properties, run history with all.
    const [first] = children;
    const child = await requestArm(twin, `/jobs/${first?.runId}`);
    expect([child.status, Object.keys(child.json)]).toEqual([200, ['id', 'name', 'type', 'systemData']]);
    const run = await requestDataPlane(twin, 'history', `/runs/${first?.runId}`);
    expect(run.json).toMatchObject({ parentRunId: 'two', rootRunId: 'two', runType: 'azureml.StepRun' });
  });

  it('default what is not given, and leave optional parts out', async () => {
    const jobs = {
      plain: node(write, {}, { file: bound('${{parent.outputs.a}}') }),
      both: node(write, { text: literal('t'), more: literal('m') }, { file: bound('${{parent.outputs.b}}') }),
      // What a client sends for an optional input of a pipeline that nobody gave.
      unset: node(
        write,
        { more: literal('${{parent.inputs.none}}') },
        { file: bound('${{parent.outputs.c}}') },
      ),
    };
    const file = { jobOutputType: 'uri_file' };
    expect(await runJob(twin, 'defaults', pipeline(jobs, { outputs: { a: file, b: file, c: file } }))).toBe(
      'Completed',
    );
    const texts = ['a', 'b', 'c'].map((name) => blobText(twin, `azureml/defaults/${name}/file`));
    expect(await Promise.all(texts)).toEqual(['default', 't and m', 'default']);
  });

  it('nest', async () => {
    const answer = await requestArm(twin, '/components/nested/versions/1', {
      method: 'PUT',
      body: {
        properties: {
          componentSpec: {
            name: 'nested',
            version: '1',
            type: 'pipeline',
            inputs: { word: { type: 'string' } },
            outputs: { made: { type: 'uri_file' } },
            jobs: {
              a: node(write, { text: literal('${{parent.inputs.word}}') }),
              b: node(
                append,
                { file: literal('${{parent.jobs.a.outputs.file}}'), text: literal('!') },
                { file: bound('${{parent.outputs.made}}') },
              ),
            },
          },
        },
      },
    });
    const jobs = {
      inner: { ...node(String(answer.json['id']), { word: literal('deep') }), type: 'pipeline' },
      outer: node(
        append,
        { file: literal('${{parent.jobs.inner.outputs.made}}'), text: literal('?') },
        { file: bound('${{parent.outputs.out}}') },
      ),
    };
    const outputs = { out: { jobOutputType: 'uri_file' } };
    expect(await runJob(twin, 'nesting', pipeline(jobs, { outputs }))).toBe('Completed');
    expect(await blobText(twin, 'azureml/nesting/out/file')).toBe('deep!?');
    const inner = (await childrenOf(twin, 'nesting')).find(({ displayName }) => displayName === 'inner');
    expect(await statuses(inner?.runId ?? '')).toEqual({ a: 'Completed', b: 'Completed' });
  });

  const withFailure = (continueOnStepFailure: boolean): object =>
    pipeline(
      {
        bad: node(fail),
        after: node(append, { file: literal('${{parent.jobs.bad.outputs.file}}'), text: literal('x') }),
        waits: node(wait, { folder: literal(folder), name: literal(`free${continueOnStepFailure}`) }),
      },
      { settings: { continue_on_step_failure: continueOnStepFailure } },
    );

  it('end with the first step that fails, its siblings with it', async () => {
    expect(await runJob(twin, 'stops', withFailure(false))).toBe('Failed');
    expect(await statuses('stops')).toEqual({ bad: 'Failed', after: 'Canceled', waits: 'Canceled' });
    const details = await requestDataPlane(twin, 'history', '/runs/stops/details');
    expect(details.text).toMatch(/The pipeline has failed steps: bad \(run /);
  });

  it('go on after a failure where nothing depends on it', async () => {
    await putJob(twin, 'goeson', withFailure(true));
    await expect.poll(() => existsSync(join(folder, 'freetrue.pid'))).toBe(true);
    writeFileSync(join(folder, 'go'), '');
    expect(await endOf(twin, 'goeson')).toBe('Failed');
    rmSync(join(folder, 'go'));
    expect(await statuses('goeson')).toEqual({ bad: 'Failed', after: 'Canceled', waits: 'Completed' });
  });

  it('run as many commands at once as there are cores, and no more', async () => {
    const names = ['p1', 'p2', 'p3'];
    const jobs = Object.fromEntries(
      names.map((name) => [name, node(wait, { folder: literal(folder), name: literal(name) })]),
    );
    await putJob(twin, 'parallel', pipeline(jobs));
    const running = (): number => names.filter((name) => existsSync(join(folder, `${name}.pid`))).length;
    await expect.poll(running).toBe(2);
    await expect
      .poll(async () => Object.values(await statuses('parallel')).toSorted())
      .toEqual(['Queued', 'Running', 'Running']);
    expect(running()).toBe(2);
    writeFileSync(join(folder, 'go'), '');
    expect(await endOf(twin, 'parallel')).toBe('Completed');
    rmSync(join(folder, 'go'));
    expect(running()).toBe(3);
  });

  it('end when they are canceled, and refuse to be canceled again', async () => {
    const jobs = {
      one: node(wait, { folder: literal(folder), name: literal('cancel') }),
      two: node(write, {}),
    };
    await putJob(twin, 'canceled', pipeline(jobs));
    const pidFile = join(folder, 'cancel.pid');
    await expect.poll(() => existsSync(pidFile)).toBe(true);
    expect((await requestArm(twin, '/jobs/canceled/cancel', { method: 'POST' })).status).toBe(202);
    expect(await endOf(twin, 'canceled')).toBe('Canceled');
    expect((await statuses('canceled'))['one']).toBe('Canceled');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await expect.poll(() => processExists(pid)).toBe(false);
    const again = await requestArm(twin, '/jobs/canceled/cancel', { method: 'POST' });
    expect([again.status, (again.json['error'] as { code: string }).code]).toEqual([400, 'UserError']);
  });

  it.each([
    [
      'a node that is not there',
      () => ({ a: node(append, { file: literal('${{parent.jobs.b.outputs.file}}'), text: literal('x') }) }),
      400,
      'the node "b", which does not exist',
    ],
    [
      'an output that is not there',
      () => ({
        a: node(write),
        b: node(append, { file: literal('${{parent.jobs.a.outputs.no}}'), text: literal('x') }),
      }),
      400,
      'the output "no" of a',
    ],
    [
      'an input of the pipeline that is not there',
      () => ({ a: node(append, { file: literal('${{parent.inputs.no}}'), text: literal('x') }) }),
      400,
      '${{parent.inputs.no}}, which does not exist',
    ],
    [
      'an output of the pipeline that is not there',
      () => ({ a: node(write, {}, { file: bound('${{parent.outputs.no}}') }) }),
      400,
      '${{parent.outputs.no}}, which does not exist',
    ],
    [
      'an expression that means nothing',
      () => ({ a: node(write, { text: literal('${{inputs.x}}') }) }),
      400,
      'expected ${{parent.inputs.NAME}}',
    ],
    [
      'text where a file is needed',
      () => ({ a: node(append, { file: literal('x'), text: literal('x') }) }),
      400,
      'expected uri_file',
    ],
    [
      'a required input that is missing',
      () => ({ a: node(append, { text: literal('x') }) }),
      400,
      'jobs.a.inputs.file is required',
    ],
    [
      'an input that the component does not have',
      () => ({ a: node(write, { no: literal('x') }) }),
      400,
      'jobs.a.inputs.no is no input',
    ],
    [
      'an output that the component does not have',
      () => ({ a: node(write, {}, { no: {} }) }),
      400,
      'jobs.a.outputs.no is no output',
    ],
    [
      'an unknown member of a node',
      () => ({ a: { ...node(write), colour: 'red' } }),
      400,
      'colour is not a known property',
    ],
    ['no component', () => ({ a: { type: 'command' } }), 400, 'jobs.a.componentId is required'],
    ['no nodes', () => ({}), 400, 'at least one node'],
    [
      'a type of node that is not run here',
      () => ({ a: { ...node(write), type: 'sweep' } }),
      501,
      'A pipeline node of type sweep',
    ],
    [
      'a component that is not in the registry',
      () => ({ a: node('azureml://registries/azureml/components/none/versions/1') }),
      404,
      'Component none with version 1',
    ],
    [
      'a compute that is not there',
      () => ({ a: { ...node(write), computeId: 'none' } }),
      404,
      'Compute with name none',
    ],
  ])('are refused with %s', async (_what, jobs, status, message) => {
    const answer = await putJob(twin, 'refused', pipeline(jobs()));
    expect([answer.status, answer.json]).toEqual([
      status,
      { error: expect.objectContaining({ message: expect.stringContaining(message) as string }) as object },
    ]);
    expect((await requestArm(twin, '/jobs/refused')).status).toBe(404);
  });

  it('are refused with nodes that depend on each other in a circle', async () => {
    const file = (name: string): object => ({
      file: literal(`\${{parent.jobs.${name}.outputs.file}}`),
      text: literal('x'),
    });
    const jobs = { a: node(append, file('c')), b: node(append, file('a')), c: node(append, file('b')) };
    const answer = await putJob(twin, 'circle', pipeline(jobs));
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('a → c → b → a')]);
  });

  it('check the token that the caller sends for what runs in them', async () => {
    const put = (name: string, token: string) =>
      putJob(twin, name, pipeline({ a: node(write) }), { headers: { 'x-azureml-token': token } });
    expect((await put('wrongtoken', twin.token('https://management.azure.com'))).status).toBe(401);
    expect((await put('righttoken', twin.token('https://ml.azure.com'))).status).toBe(201);
    expect(await endOf(twin, 'righttoken')).toBe('Completed');
    expect((await jobProperties(twin, 'righttoken')).properties['azureml.runsource']).toBe(
      'azureml.PipelineRun',
    );
  });
});
