import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';

interface Manifest {
  readonly commands: Record<
    string,
    { readonly hidden?: boolean; readonly summary?: string; readonly description?: string }
  >;
}

const manifest = JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as Manifest;
const ids = Object.keys(manifest.commands);

describe('every command', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'aml-deit-home-'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('is in the manifest', () => {
    expect(ids.length).toBeGreaterThan(10);
  });

  it.each(ids)('%s has a description, and --help exits 0', async (id) => {
    expect(manifest.commands[id]?.summary ?? manifest.commands[id]?.description).toBeTruthy();
    const result = await runCli([...id.split(':'), '--help'], { env: { AML_DEIT_HOME: home } });
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('USAGE');
  });

  it.each(ids)('%s with an unknown flag and --json prints one JSON document and exits 2', async (id) => {
    const result = await runCli([...id.split(':'), '--no-such-flag', '--json'], {
      env: { AML_DEIT_HOME: home },
    });
    expect(JSON.parse(result.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'USAGE' } });
    expect(result.stderr).toBe('');
    expect(result.exitCode).toBe(2);
  });
});

describe('the command line', () => {
  it('answers an unknown command with a usage error', async () => {
    const result = await runCli(['deploi', 'online']);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('error USAGE: there is no command "deploi online"\n');
    expect(result.stderr).toContain('did you mean aml-deit deploy online');
  });

  it('suggests a topic, and says where to look where nothing is near', async () => {
    expect((await runCli(['deplo'])).stderr).toContain('did you mean aml-deit deploy?');
    expect((await runCli(['zzzzzzzz'])).stderr).toContain('--help lists the commands');
  });

  it.each([
    ['serve --json', 'USAGE', 'serve prints its log as JSON lines'],
    [
      'endpoint traffic ep x=abc --target local --json',
      'TRAFFIC_INVALID',
      'traffic of "x" is "abc": expected a whole',
    ],
    [
      'endpoint traffic ep x= --target local --json',
      'TRAFFIC_INVALID',
      'traffic of "x" is "": expected a whole',
    ],
  ])('refuses %s', async (line, code, message) => {
    const { stdout } = await runCli(line.split(' '));
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code, message: expect.stringContaining(message) as string },
    });
  });

  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await runCli(['--version'])).stdout).toContain(`aml-deit/${version}`);
  });
});
