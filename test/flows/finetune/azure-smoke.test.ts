import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/actions/connect.ts';
import { requireCompute } from '../../../src/actions/jobs/require-compute.ts';
import { listJobs, silentHost } from '../../../src/index.ts';
import { finetuneBench } from '../../helpers/finetune-bench.ts';
import type { FinetuneBench } from '../../helpers/finetune-bench.ts';
import { drawTable } from '../../helpers/fridge-tables.ts';
import { machineFreeEnvironment, repositoryRoot } from '../../helpers/run-cli.ts';

let bench: FinetuneBench;
let source: string;
beforeAll(async () => {
  bench = await finetuneBench();
  const pictures = await drawTable({
    directory: join(bench.directory, 'drawn'),
    split: 'smoke',
    perClass: 14,
  });
  source = join(bench.directory, 'source');
  for (const file of readdirSync(pictures).filter((name) => name.endsWith('.png'))) {
    const [className = '', number = ''] = file.split('-');
    mkdirSync(join(source, className), { recursive: true });
    renameSync(join(pictures, file), join(source, className, number));
  }
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Walk {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Walks as a user does; `interruptAt` sends Ctrl-C when this is said. */
function walk(words: readonly string[] = [], interruptAt?: RegExp): Promise<Walk> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(repositoryRoot, 'examples/azure-smoke/smoke.ts'),
        '--target',
        'local',
        '--source',
        source,
        '--out',
        join(bench.directory, 'smoke'),
        ...words,
      ],
      {
        cwd: bench.directory,
        env: { ...machineFreeEnvironment(), ...bench.twin.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    let stderr = '';
    let interrupted = false;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
      if (interrupted || interruptAt?.test(stderr) !== true) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** Everything in the workspace that is billed. */
async function billed(): Promise<readonly string[]> {
  const aml = await connect({ target: 'local', env: bench.twin.env });
  try {
    const made = ['deit-smoke', 'deit-smoke-batch', 'deit-smoke-gpu', 'deit-smoke-cpu'];
    const there = await Promise.all(
      made.map(async (name) =>
        ((await aml.onlineEndpoints.get(name)) ??
        (await aml.batchEndpoints.get(name)) ??
        (await aml.computes.get(name)))
          ? [name]
          : [],
      ),
    );
    return there.flat();
  } finally {
    aml.close();
  }
}

const states = async (): Promise<readonly (string | null)[]> =>
  (await listJobs({ target: 'local', env: { ...bench.twin.env } })).jobs.map(({ status }) => status);

describe('examples/azure-smoke', () => {
  it('does nothing unless it is confirmed', async () => {
    const { exitCode, stdout, stderr } = await walk();
    expect([exitCode, stderr]).toEqual([2, 'nothing was done: it was not confirmed (--yes does not ask)\n']);
    expect(stdout).toMatch(/^this will use\n {2}fine-tuning and evaluation +1 × Standard_NC4as_T4_v3/);
    expect(await states()).toEqual([]);
  });

  it('cancels its job and removes what it made when it is interrupted', async () => {
    const { exitCode, stdout } = await walk(['--yes'], /submitted job/);
    expect(exitCode).toBe(130);
    expect(stdout).toContain('removed: cluster deit-smoke-gpu');
    expect(await states()).toEqual(['Canceled']);
    expect(await billed()).toEqual([]);
  });

  it('removes what it made when a step fails, says what failed and what could not be removed', async () => {
    bench.twin.faults.add({ kind: 'node-killed', path: '**/compute_metrics', times: 1 });
    bench.twin.faults.add({ kind: 'status', operation: 'onlineEndpoint.delete', status: 409, times: 1 });
    const { exitCode, stdout, stderr } = await walk(['--yes']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/JOB_FAILED: step "compute_metrics" of job/);
    expect(stderr).toContain('NOT REMOVED, and billed: endpoint deit-smoke;');
    expect(stdout).toContain('removed: cluster deit-smoke-gpu');
    // The next run removes it.
    expect(await billed()).toEqual(['deit-smoke']);
  });

  it('walks online, batch, fine-tuning and evaluation, says what it costs, and leaves nothing that is billed', async () => {
    const { exitCode, stdout, stderr } = await walk(['--yes']);
    expect(stdout).toContain('all of it works');
    expect([exitCode, stderr.includes('failed:')]).toEqual([0, false]);
    expect(stdout).toContain('on the local twin nothing is billed');
    expect(stdout).toMatch(/^fine-tuned: deit-smoke:\d+ by job deit-finetune-/m);
    expect(stdout).toMatch(/^evaluated: accuracy [\d.]+$/m);
    expect(stdout).toMatch(/^invoked: .*\.png is \w+$/m);
    expect(stdout).toMatch(/^batch: 8 rows, top-1 [\d.]+$/m);
    // The cost is said before anything is done.
    expect(stdout.indexOf('this will use')).toBeLessThan(stdout.indexOf('== data'));
    for (const what of [
      'endpoint deit-smoke',
      'batch endpoint deit-smoke-batch',
      'cluster deit-smoke-gpu',
      'cluster deit-smoke-cpu',
    ])
      expect(stdout).toContain(`removed: ${what}\n`);
    expect(await billed()).toEqual([]);
  });

  it('touches nothing of its names that it did not make', async () => {
    const aml = await connect({ target: 'local', env: bench.twin.env });
    await requireCompute(aml, {
      name: 'deit-smoke-cpu',
      task: 'inference',
      host: silentHost,
      create: { sku: 'Standard_D4as_v4', maxInstances: 1 },
    });
    aml.close();
    const { exitCode, stderr } = await walk(['--yes']);
    expect([exitCode, stderr.trim()]).toEqual([
      2,
      expect.stringContaining('there is already cluster deit-smoke-cpu, which this did not make'),
    ]);
    expect(await billed()).toEqual(['deit-smoke-cpu']);
  });
});
