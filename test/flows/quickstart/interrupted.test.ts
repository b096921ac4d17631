import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDown, localStatus, quickstart, silentHost } from '../../../src/index.ts';
import type { Host } from '../../../src/index.ts';
import { cliPath } from '../../helpers/run-cli.ts';

const small = { trainPictures: 10, testPictures: 2 };

describe('an interrupted quickstart', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  let out: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'aml-deit-quickstart-'));
    env = { AML_DEIT_HOME: join(home, 'twin') };
    out = join(home, 'out');
  });
  afterAll(async () => {
    await localDown({ env });
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  const stages: [string, RegExp][] = [
    ['while it draws', /^draw pictures/],
    ['while it fits', /^fit the head/],
    ['while the package is written', /^exporting checkpoint/],
    ['while the twin starts', /^starting the local twin/],
    ['while the model is sent', /^upload and register/],
    ['while the deployment starts', /^create deployment/],
    ['while traffic moves', /^move traffic/],
    ['while pictures are classified', /^classifying/],
  ];
  it.each(stages)('%s ends as INTERRUPTED', async (_, text) => {
    const controller = new AbortController();
    const host: Host = {
      ...silentHost,
      progress(progress) {
        if (text.test(progress.text)) controller.abort();
      },
    };
    await expect(quickstart({ out, env, ...small, host, signal: controller.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });

  it('goes on to its end when run again, with one deployment and one scorer', async () => {
    const result = await quickstart({ out, env, ...small });
    expect(result.total).toBe(8);
    const status = await localStatus({ env });
    expect(status).toMatchObject({
      state: 'running',
      report: {
        deployments: [{ endpoint: 'fridge', deployment: result.deployment, traffic: 100, instances: [{}] }],
      },
    });
  });

  it.skipIf(process.platform === 'win32')('by Ctrl-C has exit code 130, and says what to do', async () => {
    const args = ['quickstart', '--out', out, '--train-pictures', '100', '--test-pictures', '2'];
    const child = spawn(process.execPath, [cliPath, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (!stderr.includes('draw pictures') && (stderr + chunk).includes('draw pictures'))
        child.kill('SIGINT');
      stderr += chunk;
    });
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 130,
      stderr: expect.stringContaining('run the same command again') as string,
    });
  });
});
