import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localDown } from '../../../src/index.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { repositoryRoot } from '../../helpers/run-cli.ts';
import { makeSmallBase, nodeInBase } from '../../helpers/small-base.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

describe('examples/push.ts', () => {
  let root: string;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-push-example-'));
    // The base is not one that runs: without runc the twin runs the same server as a process.
    env = { AML_DEIT_HOME: join(root, 'home'), AML_DEIT_RUNC: 'off', DOCKER_CONFIG: root };
    await makeSmallBase(join(root, 'base'), { files: nodeInBase });
    await writeCheckpoint(join(root, 'checkpoint'), { config: smallConfig() });
    writeFileSync(
      join(root, 'picture.png'),
      await encodeImage(syntheticPicture(40, 30, 'waves'), { format: 'png' }),
    );
  });
  afterAll(async () => {
    await localDown({ env });
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  it('exports, builds, pushes both, deploys what was registered, and scores', async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [
        'examples/push.ts',
        `oci:${join(root, 'base')}`,
        join(root, 'checkpoint'),
        join(root, 'out'),
        join(root, 'picture.png'),
      ],
      { cwd: repositoryRoot, env: { ...process.env, ...env } },
    );
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('model pushed:1 is new');
    expect(lines[1]).toMatch(/^(\d+) of \1 bytes sent$/);
    expect(lines[2]).toMatch(/^linux\/amd64: \d+\.\d MB added/);
    expect(lines[3]).toMatch(/\/aml-deit\/scorer:1@sha256:[0-9a-f]{64} is new$/);
    expect(lines[4]).toMatch(/ with azureml:scorer:1 serves now$/);
    const { id2label } = JSON.parse(readFileSync(join(root, 'out', 'package', 'config.json'), 'utf8')) as {
      id2label: Record<string, string>;
    };
    // Each step is done once.
    expect(stderr.match(/^done: linux\/amd64: dependencies$/gm)).toHaveLength(1);
    const label = /picture\.png: (.+)$/.exec(lines[5] ?? '')?.[1];
    expect(Object.values(id2label)).toContain(label);
    // Most of it is compressing, as the program would for a real image.
  });
});
