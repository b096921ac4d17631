import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cancelJob, listJobs, showJob, watchJob } from '../../../src/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { recordingHost } from '../../helpers/recording-host.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { endOf, prepareJobs, putJob, runJob } from '../../helpers/twin-jobs.ts';
import type { JobSetting } from '../../helpers/twin-jobs.ts';

let twin: Twin;
let setting: JobSetting;
let jobs: Record<'ok' | 'held' | 'fails' | 'waits', object>;
const folder = mkdtempSync(join(tmpdir(), 'aml-deit-jobs-'));

beforeAll(async () => {
  twin = await createTwin({ jobs: { lingerMs: 0, parallelCommands: 3 } });
  setting = await prepareJobs(twin);
  const text = { type: 'string' };
  const [track, held, fail, wait] = await Promise.all([
    setting.component('track', 'track accuracy 0.75'),
    setting.component(
      'held',
      'wait ${{inputs.folder}} ${{inputs.name}} && node step.mjs track accuracy 0.75',
      { inputs: { folder: text, name: text } },
    ),
    setting.component('fail', 'fail 5'),
    setting.component('wait', 'wait ${{inputs.folder}} ${{inputs.name}}', {
      inputs: { folder: text, name: text },
    }),
  ]);
  const literal = (value: string): object => ({ job_input_type: 'literal', value });
  const node = (componentId: string, inputs: object = {}): object => ({
    type: 'command',
    componentId,
    inputs,
  });
  const pipeline = (nodes: object): object => ({
    jobType: 'Pipeline',
    experimentName: 'watched',
    settings: { continue_on_step_failure: false },
    jobs: nodes,
  });
  const place = (name: string): object => ({ folder: literal(folder), name: literal(name) });
  jobs = {
    held: pipeline({ measure: node(held, place('held')) }),
    ok: pipeline({ measure: node(track) }),
    fails: pipeline({ measure: node(track), broken: node(fail) }),
    waits: pipeline({ measure: node(track), slow: node(wait, place('slow')) }),
  };
});
afterAll(async () => {
  await twin.close();
  rmSync(folder, { recursive: true, force: true });
});

const options = () => ({ target: 'local', env: { ...twin.env }, watchIntervalMs: 50 }) as const;

describe('jobs', () => {
  it('are watched to their end, with steps, metrics and log lines', async () => {
    await putJob(twin, 'held', jobs.held);
    const host = recordingHost();
    const { job } = await watchJob({
      ...options(),
      host,
      job: 'held',
      // It does not end before anybody has looked.
      onTree: ({ steps }) => {
        if (steps[0]?.status === 'Running') writeFileSync(join(folder, 'go'), '');
      },
    });
    rmSync(join(folder, 'go'));
    expect(job).toMatchObject({
      runId: 'held',
      status: 'Completed',
      steps: [{ name: 'measure', status: 'Completed', metrics: { accuracy: 0.75 }, error: null }],
    });
    expect(host.progresses.at(-1)).toMatchObject({ id: 'run-held', state: 'done' });
    expect(host.progresses.map(({ text }) => text)).toContain('  measure Completed (accuracy 0.7500)');
    const lines = host.messages.filter(({ code }) => code === 'job-log').map(({ text }) => text);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}measure \| \["RUNNING",true\]$/));
    // Every line once.
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('that failed say first why, with the step, its error and the end of its log', async () => {
    await putJob(twin, 'fails', jobs.fails);
    const error = await failureOf(watchJob({ ...options(), job: 'fails' }));
    expect(error.code).toBe('JOB_FAILED');
    expect(error.message).toMatch(/^step "broken" of job "fails" failed: Execution failed\. .*exit code 5/);
    expect(error.details).toMatchObject({
      step: 'broken',
      logs: [{ container: 'broken', lines: expect.arrayContaining(['this went wrong']) as unknown }],
    });
    const cli = await runCli(['job', 'watch', 'fails', '--target', 'local'], { env: { ...twin.env } });
    expect(cli.exitCode).toBe(1);
    expect(cli.stderr).toContain('error JOB_FAILED: step "broken" of job "fails" failed');
    expect(cli.stderr).toContain('    this went wrong');
  });

  it('go on when nobody watches any more, and are watched again', async () => {
    await putJob(twin, 'waits', jobs.waits);
    const controller = new AbortController();
    const error = await failureOf(
      watchJob({
        ...options(),
        job: 'waits',
        signal: controller.signal,
        onTree: ({ steps }) => {
          if (steps.some(({ name, status }) => name === 'slow' && status === 'Running')) controller.abort();
        },
      }),
    );
    expect(error).toMatchObject({ code: 'INTERRUPTED', details: { job: 'waits', canceled: false } });
    expect(error.hint).toBe('watch it again: aml-deit job watch waits');
    const timed = await failureOf(watchJob({ ...options(), job: 'waits', timeoutMs: 200 }));
    expect(timed).toMatchObject({ code: 'OPERATION_TIMED_OUT', exitCode: 5 });
    while (!tryRead(join(folder, 'slow.pid'))) await delay(20);
    const again = watchJob({ ...options(), job: 'waits' });
    writeFileSync(join(folder, 'go'), '');
    expect((await again).job.status).toBe('Completed');
    rmSync(join(folder, 'go'));
  });

  it('are canceled by whoever stops watching, when that is what they want', async () => {
    await putJob(twin, 'unwanted', jobs.waits);
    const controller = new AbortController();
    const error = await failureOf(
      watchJob({
        ...options(),
        host: { ...recordingHost(), confirm: () => Promise.resolve(true) },
        job: 'unwanted',
        signal: controller.signal,
        onTree: () => controller.abort(),
      }),
    );
    expect(error).toMatchObject({ code: 'INTERRUPTED', details: { canceled: true } });
    expect(await endOf(twin, 'unwanted')).toBe('Canceled');
    expect(await failureOf(watchJob({ ...options(), job: 'unwanted' }))).toMatchObject({
      code: 'JOB_CANCELED',
    });
  });

  it('are watched through a service that does not answer for a while', async () => {
    await putJob(twin, 'blip', jobs.ok);
    const host = recordingHost();
    twin.faults.add({ kind: 'status', operation: 'history.*', status: 503, times: 12 });
    const { job } = await watchJob({
      ...options(),
      host,
      retry: { maxRetries: 0 },
      job: 'blip',
    });
    expect(job.status).toBe('Completed');
    const said = host.progresses.filter(({ id }) => id === 'watch').map(({ state }) => state);
    expect(said.at(0)).toBe('running');
    expect(said.at(-1)).toBe('done');
    twin.faults.add({ kind: 'status', operation: 'history.*', status: 503 });
    const error = await failureOf(
      watchJob({ ...options(), retry: { maxRetries: 0 }, job: 'blip', maxUnreachableMs: 100 }),
    );
    expect(error.hint).toContain('the job goes on; watch it again: aml-deit job watch blip');
    twin.faults.clear();
  });

  it('are canceled, and canceling again is no error', async () => {
    await putJob(twin, 'stopped', jobs.waits);
    const first = await cancelJob({ ...options(), job: 'stopped' });
    expect(first).toEqual({ job: 'stopped', canceled: true, status: 'Canceled' });
    const second = await cancelJob({ ...options(), job: 'stopped' });
    expect(second).toEqual({ job: 'stopped', canceled: false, status: 'Canceled' });
    expect((await failureOf(cancelJob({ ...options(), job: 'nobody' }))).code).toBe('JOB_NOT_FOUND');
  });

  it('are listed newest first, and shown with steps, inputs, outputs and logs', async () => {
    await runJob(
      twin,
      'writes',
      setting.command('write ${{outputs.file}} ${{inputs.word}}', {
        experimentName: 'written',
        inputs: { word: { jobInputType: 'literal', value: 'hello' } },
        outputs: { file: { jobOutputType: 'uri_file' } },
      }),
    );
    const { jobs: listed } = await listJobs({ ...options(), max: 2 });
    expect(listed).toHaveLength(2);
    expect(listed[0]).toMatchObject({ name: 'writes', type: 'Command', status: 'Completed' });
    const { jobs: some } = await listJobs({ ...options(), experiment: 'WRITTEN' });
    expect(some.map(({ name }) => name)).toEqual(['writes']);
    const shown = await showJob({ ...options(), job: 'writes' });
    expect(shown).toMatchObject({
      run: { status: 'Completed', steps: [] },
      inputs: { word: { type: 'literal', value: 'hello' } },
      outputs: {
        file: { type: 'uri_file', uri: expect.stringContaining('/paths/azureml/writes/file') as string },
      },
      logs: ['user_logs/std_log.txt'],
    });
    await runJob(twin, 'ok', jobs.ok);
    const step = (await showJob({ ...options(), job: 'ok' })).run.steps[0];
    const shownStep = await showJob({ ...options(), job: step?.runId ?? '' });
    expect(shownStep).toMatchObject({
      job: { name: 'ok' },
      run: { name: 'measure', metrics: { accuracy: 0.75 } },
    });
    expect((await failureOf(showJob({ ...options(), job: 'nobody' }))).code).toBe('JOB_NOT_FOUND');
  });

  it('are commands, too', async () => {
    const env = { ...twin.env };
    const list = await runCli(['job', 'list', '--target', 'local'], { env });
    expect(list.stdout).toMatch(/^name +type +state +experiment/);
    expect(list.stdout).toMatch(/^ok +Pipeline +Completed +watched/m);
    const show = await runCli(['job', 'show', 'ok', '--target', 'local'], { env });
    expect(show.stdout).toMatch(/^ {2}measure +Completed/m);
    expect(show.stdout).toMatch(/^ {2}measure +accuracy +0\.75$/m);
    const json = await runCli(['job', 'show', 'ok', '--target', 'local', '--json'], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, run: { status: 'Completed' } });
  });
});

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
