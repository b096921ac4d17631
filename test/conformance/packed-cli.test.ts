import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot, runCli } from '../helpers/run-cli.ts';

const exec = promisify(execFile);
// The pinned runtime first, as npm scripts have it.
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };

describe('the packed package in an empty folder, without the optional peers', () => {
  let folder: string;
  let cli: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-packed-'));
    const { stdout } = await exec(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      {
        cwd: repositoryRoot,
        env,
      },
    );
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    await exec('npm', ['install', '--no-audit', '--no-fund', '--omit=peer', join(folder, filename)], {
      cwd: folder,
      env,
    });
    cli = join(folder, 'node_modules', 'aml-deit', 'bin', 'run.js');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds only what users need', () => {
    const root = join(folder, 'node_modules', 'aml-deit');
    expect(readdirSync(root).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'oclif.manifest.json',
      'package.json',
      'schemas',
      'templates',
    ]);
    for (const peer of ['onnxruntime-node', 'sharp', 'azurite']) {
      expect(readdirSync(join(folder, 'node_modules'))).not.toContain(peer);
    }
  });

  it('takes at most 60 MB', () => {
    const entries = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true });
    const bytes = entries
      .filter((entry) => entry.isFile())
      // A file takes whole blocks of a disk.
      .reduce(
        (sum, entry) => sum + Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 4096) * 4096,
        0,
      );
    expect(bytes / 1e6).toBeLessThan(60);
  });

  it('checks a SKU', async () => {
    const result = await runCli(['sku', 'check', 'Standard_D4as_v4', '--for', 'inference', '--json'], {
      cli,
      cwd: folder,
    });
    expect(result.exitCode).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: true });
  });

  it('makes a project that it finds no fault with', async () => {
    const directory = join(folder, 'project');
    const made = await runCli(['init', directory], { cli, cwd: folder });
    expect(made.exitCode).toBe(0);
    const args = ['validate', 'azureml', 'aml-deit.yml', '--complete', '--json'];
    const checked = await runCli(args, { cli, cwd: directory });
    expect(checked.exitCode).toBe(0);
  });

  it('says which package a command lacks and how to install it', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    const result = await runCli(['local', 'up', '--json'], {
      cli,
      cwd: folder,
      env: { AML_DEIT_HOME: home },
    });
    expect(result.exitCode).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'PEER_MISSING' } });
    expect(result.stdout).toContain('npm install');
  });

  it('refuses a quickstart before it makes anything', async () => {
    const result = await runCli(['quickstart', '--json'], { cli, cwd: folder });
    expect(result.exitCode).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'PEER_MISSING' } });
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('gives a TypeScript program its types, and refuses a wrong SKU at compile time', async () => {
    writeFileSync(
      join(folder, 'program.mts'),
      [
        "import { AmlDeitError, deployOnline } from 'aml-deit';",
        "import { createTwin } from 'aml-deit/testing';",
        'export const twin: typeof createTwin = createTwin;',
        "export const good = (): Promise<unknown> => deployOnline({ endpoint: 'deit', model: 'pkg', sku: 'Standard_D4as_v4' });",
        '// @ts-expect-error not on the inference allow-list',
        "export const bad = (): Promise<unknown> => deployOnline({ endpoint: 'deit', model: 'pkg', sku: 'Standard_D4s_v3' });",
        'export const code = (error: AmlDeitError): string => error.code;',
      ].join('\n'),
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          strict: true,
          noEmit: true,
          // As README says. Types of bundled packages are not installed: no declaration may name them.
          skipLibCheck: false,
          lib: ['ESNext'],
          types: ['node'],
          typeRoots: [join(repositoryRoot, 'node_modules', '@types')],
        },
        files: ['program.mts'],
      }),
    );
    const tsc = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const result = await exec(process.execPath, [tsc, '-p', folder], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    expect(result.stdout).toBe('');
  });

  it('ships the manifest of exactly its own commands', () => {
    const root = join(folder, 'node_modules', 'aml-deit');
    const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
      commands: object;
    };
    const files = readdirSync(join(root, 'dist', 'commands'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => name.replaceAll('\\', '/').replace(/\.js$/, '').replaceAll('/', ':'));
    expect(Object.keys(manifest.commands).sort()).toEqual(files.sort());
  });
});
