import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initProject, planOnline } from '../../../src/index.ts';
import type { InitProjectOptions } from '../../../src/index.ts';
import { readProjectFile } from '../../../src/io/project-file.ts';
import { packageVersion } from '../../../src/io/index.ts';
import { deployBench } from '../../helpers/deploy-to-twin.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-init-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** No size that the defaults name was being retired then. */
const asOf = new Date('2026-11-23');

describe('init', () => {
  const projects: readonly (readonly [string, InitProjectOptions])[] = [
    ['project-container', {}],
    [
      'project-registry',
      {
        name: 'fridge',
        serving: 'registry',
        task: 'multilabel',
        ci: 'azure',
        sku: 'Standard_D8as_v4',
        gpuSku: 'Standard_NC8as_T4_v3',
        image: 'team.azurecr.io/aml-deit/scorer:VERSION',
        subscription: '00000000-0000-0000-0000-000000000001',
        resourceGroup: 'vision',
        workspace: 'on',
        cloud: 'AzureChinaCloud',
      },
    ],
  ];

  it.each(projects)('makes %s as it was looked at', async (name, options) => {
    const { files } = await initProject({ ...options, asOf, directory: 'no-such-folder', dryRun: true });
    for (const { path, content } of files) {
      const golden = resolve('test/golden/generate', name, path.slice('no-such-folder/'.length));
      await expect(content.replaceAll(packageVersion(), 'VERSION')).toMatchFileSnapshot(golden);
    }
  });

  it('changes nothing when it runs again, and keeps what .gitignore had', async () => {
    const cwd = join(folder, 'again');
    await mkdir(cwd);
    await writeFile(join(cwd, '.gitignore'), 'node_modules\n/data/\n');
    const first = await runCli(['init', '--json'], { cwd });
    expect(first.exitCode).toBe(0);
    const created = JSON.parse(first.stdout) as { files: { path: string; state: string }[] };
    expect(created.files).toHaveLength(17);
    expect(new Set(created.files.map(({ state }) => state))).toEqual(new Set(['created', 'extended']));
    const ignored = await readFile(join(cwd, '.gitignore'), 'utf8');
    expect(ignored.split('\n')).toEqual([
      'node_modules',
      '/data/',
      expect.stringMatching(/^# /),
      '/model-package/',
      '',
    ]);
    const second = JSON.parse((await runCli(['init', '--json'], { cwd })).stdout) as object;
    expect(second).toMatchObject({ changed: false });
    expect(await readFile(join(cwd, '.gitignore'), 'utf8')).toBe(ignored);
  });

  it('writes nothing at all when one file is in the way', async () => {
    const cwd = join(folder, 'in-the-way');
    await mkdir(join(cwd, 'azureml'), { recursive: true });
    await writeFile(join(cwd, 'azureml', 'model.yml'), 'name: mine\n');
    const { exitCode, stderr } = await runCli(['init'], { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(join('azureml', 'model.yml'));
    expect(await readdir(cwd)).toEqual(['azureml']);
  });

  it('writes an aml-deit.yml that says what was given', async () => {
    const directory = join(folder, 'workspace');
    const given = { subscription: 'no', resourceGroup: "my 'group'", workspace: '2026-11-23' };
    await initProject({ directory, ...given, ci: 'none', asOf });
    expect(readProjectFile(directory)).toMatchObject({
      ...given,
      cardVersion: '15',
      model: join(directory, 'model-package'),
      onlineEndpoint: 'deit-endpoint',
    });
    expect((await readdir(directory)).sort()).toEqual([
      '.gitignore',
      'aml-deit.lock',
      'aml-deit.yml',
      'azureml',
    ]);
  });

  it.each([
    ['github', '.github/workflows/aml-deit.yml', /- run: (.*)/g],
    ['azure', '.azure-pipelines/aml-deit.yml', /- script: (.*)/g],
  ] as const)('makes a recipe for %s whose commands pass in the project', async (ci, file, pattern) => {
    const directory = join(folder, ci);
    await initProject({ directory, ci, asOf });
    const recipe = await readFile(join(directory, file), 'utf8');
    const commands = [...recipe.matchAll(pattern)].map((match) => match[1] ?? '');
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const [npx, yes, packed, ...args] = command.split(' ');
      expect([npx, yes, packed]).toEqual(['npx', '--yes', `aml-deit@${packageVersion()}`]);
      expect(await runCli(args, { cwd: directory })).toMatchObject({ exitCode: 0 });
    }
  });

  it('makes a project in which a deploy needs no names', async () => {
    await using bench = await deployBench();
    const directory = join(folder, 'deployed');
    await initProject({ directory, name: 'fridge', asOf });
    const model = await smallPackage(['can', 'carton', 'bottle']);
    await rename(model, join(directory, 'model-package'));
    await rm(dirname(model), { recursive: true });
    const plan = await planOnline({
      target: 'local',
      env: { ...bench.twin.env },
      cwd: join(directory, 'azureml'),
      sku: 'Standard_D4as_v4',
    });
    expect(plan).toMatchObject({ endpoint: 'fridge-endpoint', pending: true });
    expect(plan.steps[0]).toMatchObject({ kind: 'register-model' });
  });
});
