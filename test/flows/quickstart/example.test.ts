import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDown } from '../../../src/index.ts';
import { drawFridgeObject, writeRandomCheckpoint } from '../../../src/training/index.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { repositoryRoot } from '../../helpers/run-cli.ts';

const exec = promisify(execFile);

describe('examples/online.ts', () => {
  let home: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'aml-deit-example-'));
    env = { AML_DEIT_HOME: join(home, 'twin') };
  });
  afterAll(async () => {
    await localDown({ env });
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  const run = (...args: string[]) =>
    exec(process.execPath, ['examples/online.ts', ...args], {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
    });

  it('exports, deploys and classifies, and finds all done the second time', async () => {
    const checkpoint = join(home, 'checkpoint');
    await writeRandomCheckpoint({
      directory: checkpoint,
      seed: 1,
      labels: ['full', 'empty'],
      imageSize: 32,
      patchSize: 8,
      hiddenSize: 48,
      heads: 6,
    });
    const picture = join(home, 'can.png');
    const drawn = drawFridgeObject({ className: 'can', seed: [1], width: 64, height: 48 });
    writeFileSync(picture, await encodeImage(drawn, { format: 'png' }));
    const args = [checkpoint, join(home, 'package'), picture];

    const first = await run(...args);
    expect(first.stdout).toMatch(
      /^r[0-9a-f]{8} serves now: https:\/\/127\.0\.0\.1:\d+\/online\/example\/score$/m,
    );
    expect(first.stdout).toMatch(/can\.png: (?:full|empty) \d+\.\d %, (?:full|empty) \d+\.\d %$/m);
    const second = await run(...args);
    expect(second.stdout).toContain('served already');
  });

  it('ends with the code of what went wrong', async () => {
    await expect(run(join(home, 'nowhere'), join(home, 'other'))).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('FILE_NOT_FOUND') as string,
    });
  });
});
