import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDown } from '../../../src/index.ts';
import { fridgeClasses } from '../../../src/training/index.ts';
import { drawFridgeFolder } from '../../helpers/fridge-folder.ts';
import { repositoryRoot } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';

const exec = promisify(execFile);

describe('examples/batch.ts', () => {
  let home: string;
  let model: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'aml-deit-example-'));
    env = { AML_DEIT_HOME: join(home, 'twin') };
    // The labels are the folders that the pictures lie in; there are as many pictures as the official sample has.
    model = await smallPackage(fridgeClasses);
    await drawFridgeFolder({ directory: join(home, 'pictures'), task: 'multiclass' });
  });
  afterAll(async () => {
    await localDown({ env });
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    rmSync(dirname(model), { recursive: true, force: true });
  });

  it('deploys, scores a folder on two nodes, and says how much is right', async () => {
    const { stdout } = await exec(
      process.execPath,
      [join(repositoryRoot, 'examples/batch.ts'), model, join(home, 'pictures')],
      // The rows go to `out` below the working directory.
      { cwd: home, env: { ...process.env, ...env } },
    );
    expect(stdout).toMatch(/^r[0-9a-f]{8} is the default now$/m);
    expect(stdout).toMatch(/^(can|carton|milk_bottle|water_bottle)\/\d+\.jpg: \w+ \(is \1\)$/m);
    expect(stdout).toMatch(/^134 rows, 0 failed, in .*\/out\/batchjob-/m);
    expect(stdout).toMatch(/^top-1: \d+\.\d %$/m);
  });

  it('ends with the code of what went wrong', async () => {
    await expect(
      exec(process.execPath, [join(repositoryRoot, 'examples/batch.ts'), join(home, 'nowhere'), home], {
        cwd: home,
        env: { ...process.env, ...env },
      }),
    ).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining('PACKAGE_NOT_FOUND') as string });
  });
});
