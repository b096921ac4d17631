import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDown } from '../../../src/index.ts';
import { repositoryRoot } from '../../helpers/run-cli.ts';
import { makeSmallBase, nodeInBase } from '../../helpers/small-base.ts';
import { smallPackage } from '../../helpers/small-package.ts';

describe('examples/image.ts', () => {
  let root: string;
  let model: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-example-'));
    // The base is not one that runs: without runc the twin runs the same server as a process.
    env = { AML_DEIT_HOME: join(root, 'home'), AML_DEIT_RUNC: 'off', DOCKER_CONFIG: root };
    await makeSmallBase(join(root, 'base'), { files: nodeInBase });
    model = await smallPackage();
  });
  afterAll(async () => {
    await localDown({ env });
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    rmSync(dirname(model), { recursive: true, force: true });
  });

  it('builds, pushes and deploys', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['examples/image.ts', `oci:${join(root, 'base')}`, model, join(root, 'layout')],
      { cwd: repositoryRoot, env: { ...process.env, ...env } },
    );
    expect(stdout).toMatch(/linux\/amd64: \d+\.\d MB added/);
    expect(stdout).toMatch(/aml-deit\/scorer:1@sha256:[0-9a-f]{64}: pushed/);
    expect(stdout).toMatch(/\/online\/image-example\/score\n$/);
    // Most of it is compressing, as the program would for a real image.
  }, 300_000);
});
