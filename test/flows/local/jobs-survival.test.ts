import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { processExists } from '../../helpers/processes.ts';
import { childrenOf, endOf, jobProperties, prepareJobs, putJob } from '../../helpers/twin-jobs.ts';
import { requestArm } from '../../helpers/twin-request.ts';

describe('jobs that the end of the twin interrupts', () => {
  let twin: Twin;
  let wait: string;
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-interrupted-'));

  beforeAll(async () => {
    twin = await createTwin({ jobs: { lingerMs: 0 } });
    const setting = await prepareJobs(twin);
    const text = { type: 'string' };
    wait = await setting.component(
      'wait',
      'wait ${{inputs.folder}}/${{inputs.sub}} ${{inputs.name}} && node step.mjs write ${{outputs.o}} x',
      {
        inputs: { folder: text, sub: text, name: text, after: { type: 'uri_file', optional: true } },
        outputs: { o: { type: 'uri_file' } },
      },
    );
    // The blob store saves every five seconds and at its end; a crash of the twin here is one of the blob store as well.
    await twin.restart();
  });
  afterAll(async () => {
    await twin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const literal = (value: string): object => ({ job_input_type: 'literal', value });

  /** A pipeline of two steps: the twin ends while the second runs, and starts again. */
  async function interrupt(name: string, endAndStart: () => Promise<void>): Promise<string> {
    const [first, second] = [mkdtempSync(join(folder, 'first-')), mkdtempSync(join(folder, 'second-'))];
    const node = (path: string, inputs: object = {}): object => ({
      type: 'command',
      componentId: wait,
      inputs: {
        folder: literal(folder),
        sub: literal(path.slice(folder.length + 1)),
        name: literal('me'),
        ...inputs,
      },
    });
    writeFileSync(join(first, 'go'), '');
    const answer = await putJob(twin, name, {
      jobType: 'Pipeline',
      jobs: { one: node(first), two: node(second, { after: literal('${{parent.jobs.one.outputs.o}}') }) },
    });
    expect(answer.status).toBe(201);
    const pidOf = (): number => Number(readFileSync(join(second, 'me.pid'), 'utf8'));
    await expect.poll(() => existsSync(join(second, 'me.pid'))).toBe(true);
    const before = pidOf();
    const runs = await childrenOf(twin, name);

    await endAndStart();
    await expect.poll(() => processExists(before)).toBe(false);
    await expect.poll(pidOf).not.toBe(before);
    writeFileSync(join(second, 'go'), '');

    const end = await endOf(twin, name);
    expect(readFileSync(join(first, 'me.count'), 'utf8')).toBe('+');
    expect(readFileSync(join(second, 'me.count'), 'utf8')).toBe('++');
    expect((await childrenOf(twin, name)).map(({ runId, status }) => [runId, status])).toEqual(
      runs.map(({ runId }) => [runId, 'Completed']),
    );
    return end;
  }

  it('go on after a crash: what was done is not done again, and no process is left', async () => {
    const crash = async (): Promise<void> => {
      await twin.crash();
      await twin.restart();
    };
    expect(await interrupt('crashed', crash)).toBe('Completed');
  });

  it('go on after an end in order', async () => {
    expect(await interrupt('closed', () => twin.restart())).toBe('Completed');
  });

  it('are canceled when that was asked for before the crash', async () => {
    const sub = mkdtempSync(join(folder, 'canceled-'));
    await putJob(twin, 'asked', {
      jobType: 'Pipeline',
      jobs: {
        one: {
          type: 'command',
          componentId: wait,
          inputs: {
            folder: literal(folder),
            sub: literal(sub.slice(folder.length + 1)),
            name: literal('me'),
          },
        },
      },
    });
    await expect.poll(() => existsSync(join(sub, 'me.pid'))).toBe(true);
    expect((await requestArm(twin, '/jobs/asked/cancel', { method: 'POST' })).status).toBe(202);
    await twin.crash();
    await twin.restart();
    expect(await endOf(twin, 'asked')).toBe('Canceled');
    expect((await childrenOf(twin, 'asked'))[0]?.status).toBe('Canceled');
    expect((await jobProperties(twin, 'asked')).status).toBe('Canceled');
  });

  it('leave nothing on the disk', () => {
    const directory = join(twin.env['AML_DEIT_HOME'] ?? '', 'local', 'jobs');
    const left = readdirSync(directory, { recursive: true }).map(String);
    expect(left.filter((name) => name !== 'runs' && !name.startsWith('bin'))).toEqual([]);
  });
});
