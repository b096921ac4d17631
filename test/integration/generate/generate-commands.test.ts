import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployOnline } from '../../../src/actions/deploy-online.ts';
import { generateOnline } from '../../../src/actions/generate-online.ts';
import { planOnline } from '../../../src/actions/plan-online.ts';
import { deployBench } from '../../helpers/deploy-to-twin.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-generate-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('generate online', () => {
  it('writes once, then refuses, shows and replaces', async () => {
    const run = (...flags: string[]): ReturnType<typeof runCli> =>
      runCli(['generate', 'online', '--out', 'deploy', ...flags], { cwd: folder });
    const endpoint = join('deploy', 'online-endpoint.yml');
    const deployment = join('deploy', 'online-deployment.yml');
    expect(await run()).toEqual({
      exitCode: 0,
      stdout: `created  ${endpoint}\ncreated  ${deployment}\n`,
      stderr: '',
    });
    expect((await run()).stdout).toBe(`unchanged  ${endpoint}\nunchanged  ${deployment}\n`);

    const refused = await run('--instances', '3');
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(`${deployment} (+1 -1 lines)`);

    const shown = await run('--instances', '3', '--dry-run');
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain('-instance_count: 1\n+instance_count: 3\n');
    expect(shown.stdout).toContain(`would-overwrite  ${deployment}\n`);
    expect(await readFile(join(folder, deployment), 'utf8')).toContain('\ninstance_count: 1\n');

    const forced = await run('--instances', '3', '--force', '--json');
    expect(JSON.parse(forced.stdout)).toMatchObject({
      schemaVersion: 1,
      changed: true,
      files: [
        { path: endpoint, state: 'unchanged' },
        { path: deployment, state: 'overwritten' },
      ],
    });
    expect(await readFile(join(folder, deployment), 'utf8')).toContain('\ninstance_count: 3\n');
  });

  it('makes files that deploy as they are, once', async () => {
    await using bench = await deployBench();
    const model = await smallPackage(['can', 'carton', 'bottle']);
    try {
      const out = join(folder, 'twin');
      const { files } = await generateOnline({ out, endpoint: 'cans', model, asOf: new Date('2026-11-23') });
      const options = {
        target: 'local' as const,
        env: { ...bench.twin.env },
        files: files.map(({ path }) => path),
        pollIntervalMs: 50,
      };
      const result = await deployOnline(options);
      expect(result).toMatchObject({ endpoint: 'cans', deployment: 'blue', changed: true });
      expect(await bench.state('cans')).toEqual({ blue: 100 });
      expect((await planOnline(options)).pending).toBe(false);

      const registry = await generateOnline({
        out: join(folder, 'registry'),
        endpoint: 'base',
        serving: 'registry',
        asOf: new Date('2026-11-23'),
      });
      const plan = await planOnline({ ...options, files: registry.files.map(({ path }) => path) });
      expect(plan.steps.map(({ kind }) => kind)).toEqual([
        'create-endpoint',
        'create-deployment',
        'smoke-test',
        'move-traffic',
      ]);
    } finally {
      await rm(dirname(model), { recursive: true });
    }
  });
});

describe('the other generate commands', () => {
  it.each([
    ['batch', [], ['batch-deployment.yml', 'batch-endpoint.yml', 'batch-pipeline.yml', 'batch-score.yml']],
    ['batch', ['--serving', 'registry'], ['batch-deployment.yml', 'batch-endpoint.yml']],
    ['finetune', ['--task', 'multilabel', '--learning-rate', '1e-4'], ['finetune-pipeline.yml']],
    ['evaluate', [], ['evaluate-pipeline.yml', 'evaluation-config.json']],
    ['environment', [], ['environment.yml']],
    ['model', ['--type', 'mlflow_model'], ['model.yml']],
    ['compute', ['--for', 'finetune'], ['compute-gpu.yml']],
  ])('generate %s %j makes its files', async (kind, flags, names) => {
    const out = await mkdtemp(join(folder, `${kind}-`));
    const result = await runCli(['generate', kind, ...flags, '--out', out, '--json']);
    expect(result.exitCode).toBe(0);
    expect((await readdir(out)).sort()).toEqual(names);
  });

  it.each(['finetune', 'environment', 'model', 'compute'])(
    'generate %s --stdout prints the file and writes none',
    async (kind) => {
      const cwd = await mkdtemp(join(folder, 'stdout-'));
      const { stdout, exitCode } = await runCli(['generate', kind, '--stdout'], { cwd });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^\$schema: https:\/\//);
      expect(await readdir(cwd)).toEqual([]);
    },
  );

  it('takes no learning rate that is no number', async () => {
    const { exitCode, stderr } = await runCli(['generate', 'finetune', '--learning-rate', '1e-', '--stdout']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--learning-rate is "1e-"');
  });
});
