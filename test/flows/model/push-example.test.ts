import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { repositoryRoot } from '../../helpers/run-cli.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

const exec = promisify(execFile);

describe('examples/push.ts', () => {
  let twin: Twin;
  let root: string;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-push-example-'));
    twin = await createTwin();
    await writeCheckpoint(join(root, 'checkpoint'), { config: smallConfig() });
  });
  afterAll(async () => {
    await twin.close();
    rmSync(root, { recursive: true, force: true });
  });

  const run = () =>
    exec(process.execPath, ['examples/push.ts', join(root, 'checkpoint'), join(root, 'package')], {
      cwd: repositoryRoot,
      env: { ...process.env, AML_DEIT_HOME: twin.env['AML_DEIT_HOME'] },
    });

  it('exports, pushes and downloads, and sends nothing the second time', async () => {
    const first = await run();
    expect(first.stdout).toContain('pushed:1 is new\n');
    expect(first.stdout).toMatch(/version 1: fp32, weights [0-9a-f]{64}\n/);
    expect(first.stdout).toContain('5 files in ');
    const second = await run();
    expect(second.stdout).toContain('pushed:1 was there\n0 of ');
  });
});
