import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listJobs, showJob } from '../../../src/index.ts';
import { finetuneBench } from '../../helpers/finetune-bench.ts';
import type { FinetuneBench } from '../../helpers/finetune-bench.ts';
import { cliPath, machineFreeEnvironment, runCli } from '../../helpers/run-cli.ts';

let bench: FinetuneBench;
beforeAll(async () => {
  bench = await finetuneBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

const at = (name: string): string => join(bench.directory, name);

const words = (line: string): string[] => line.split(' ');

const finetune = (): string[] =>
  words(
    `finetune multiclass --target local --create-compute --ort leave-out --training-data ${at('train')} ` +
      `--validation-data ${at('validation')} --test-data ${at('test')} --package ${at('package')}`,
  );

const evaluate = (): string[] =>
  words(
    `evaluate multiclass --target local --create-compute --model azureml:deit-multiclass:1 ` +
      `--test-data ${at('test')} --out ${at('report')}`,
  );

const jobs = async (prefix: string): Promise<readonly string[]> =>
  (await listJobs({ target: 'local', env: { ...bench.twin.env } })).jobs
    .map(({ name }) => name)
    .filter((name) => name.startsWith(prefix));

/** Kills the CLI so that it can do nothing any more, at the moment when `until` is said on stderr. */
function killed(command: readonly string[], until: RegExp | undefined): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cliPath, ...command], {
      cwd: bench.directory,
      env: { ...machineFreeEnvironment(), NO_COLOR: '1', ...bench.twin.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (until?.test(said) === true) child.kill('SIGKILL');
    });
    // The request that submits the job: it has arrived, and its answer never does.
    if (until === undefined) {
      // It waits until it is cut off, however long it takes to see that it is there.
      const { id } = bench.twin.faults.add({ kind: 'delay', operation: 'job.put', ms: 600_000, times: 1 });
      const look = setInterval(() => {
        const fault = bench.twin.faults.list().find((known) => known.id === id);
        if ((fault?.hits ?? 0) > 0) child.kill('SIGKILL');
      }, 20);
      child.on('close', () => clearInterval(look));
    }
    child.on('error', reject);
    child.on('close', (_, signal) => resolve(signal));
  });
}

const moments: readonly (readonly [string, RegExp | undefined])[] = [
  ['before it submits', /make the cluster|linear probe on frozen/],
  ['while it submits', undefined],
  ['after it has submitted', /submitted job|found job/],
  ['while it watches', /(?:Running|Completed)/],
];

describe('a killed command', () => {
  it.each(moments)('finetune, %s', async (_, until) => {
    expect(await killed(finetune(), until)).toBe('SIGKILL');
    expect((await jobs('deit-finetune')).length).toBeLessThanOrEqual(1);
  });

  it('finetune goes on with its one job when it is run again', async () => {
    const { exitCode, stdout, stderr } = await runCli([...finetune(), '--json'], { env: bench.twin.env });
    expect([exitCode, stderr.includes('error')]).toEqual([0, false]);
    const { job, submitted, model } = JSON.parse(stdout) as {
      job: string;
      submitted: boolean;
      model: object;
    };
    expect(await jobs('deit-finetune')).toEqual([job]);
    expect({ submitted, model }).toMatchObject({ submitted: false, model: { version: '1' } });
    const { run } = await showJob({ target: 'local', env: { ...bench.twin.env }, job });
    expect(run.status).toBe('Completed');
  });

  it.each(moments.slice(1))('evaluate, %s', async (_, until) => {
    expect(await killed(evaluate(), until)).toBe('SIGKILL');
    expect((await jobs('deit-evaluate')).length).toBeLessThanOrEqual(1);
  });

  it('evaluate goes on with its one job when it is run again', async () => {
    const { exitCode, stdout } = await runCli([...evaluate(), '--json'], { env: bench.twin.env });
    expect(exitCode).toBe(0);
    const { jobs: own } = JSON.parse(stdout) as { jobs: readonly string[] };
    expect(await jobs('deit-evaluate')).toEqual(own);
  });
});
