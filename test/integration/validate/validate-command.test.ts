import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';
import type { CliResult } from '../../helpers/run-cli.ts';

const good = '$schema: https://x/managedOnlineEndpoint.schema.json\nname: deit\nauth_mode: key\n';
/** A misspelled key, which --fix repairs, and a traffic of 50 %, which it cannot. */
const bad =
  '\uFEFF$schema: https://x/managedOnlineEndpoint.schema.json\r\nname: deit   # the name\r\nauthmode: key\r\n\r\ntraffic: {blue: 50}\r\n';
const warned = 'name: deit\nauth_mode: key\ntags:\n  release: 010\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aml-deit-validate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const validate = (...args: string[]): Promise<CliResult> => runCli(['validate', ...args], { cwd: folder });

interface Findings {
  readonly ok: boolean;
  readonly findings: readonly { readonly code: string; readonly file: string; readonly line: number }[];
  readonly fixes?: readonly { readonly file: string; readonly diff: string }[];
}

it('is told in one way how to print', async () => {
  write('endpoint.yml', good);
  const both = await validate('--json', '--format', 'sarif');
  expect(both.exitCode).toBe(2);
  expect(JSON.parse(both.stdout)).toMatchObject({ error: { code: 'USAGE' } });
  expect((await validate('--json', '--format', 'json')).exitCode).toBe(0);
});

describe('validate', () => {
  it.each(['text', 'json', 'sarif', 'junit', 'github', 'azure'])(
    'exits 0 or 3 in the format %s',
    async (format) => {
      write('good.yml', good);
      expect((await validate('good.yml', '--format', format)).exitCode).toBe(0);
      write('bad.yml', bad);
      const result = await validate('.', '--format', format);
      expect(result.exitCode).toBe(3);
      expect(result.stdout).toContain('traffic-sum');
      expect(result.stderr).toBe('');
    },
  );

  it('prints JSON as its published schema says, also when it repairs', async () => {
    const schema = JSON.parse(readFileSync('schemas/output/validate.schema.json', 'utf8')) as object;
    const isReport = new Ajv({ allErrors: true }).compile(schema);
    write('bad.yml', bad);
    for (const args of [['--json'], ['--format', 'json'], ['--fix', '--json']]) {
      const { stdout } = await validate(...args);
      isReport(JSON.parse(stdout));
      expect(isReport.errors).toBe(null);
    }
  });

  it('prints errors of its own as JSON when the format is JSON', async () => {
    for (const args of [['--json'], ['--format', 'json'], ['--format=json']]) {
      const { exitCode, stdout, stderr } = await validate('missing.yml', ...args);
      expect(exitCode).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FILE_NOT_FOUND' } });
      expect(stderr).toBe('');
    }
  });

  it('fails when there are more warnings than allowed', async () => {
    const file = write('warned.yml', warned);
    expect((await validate(file)).exitCode).toBe(0);
    expect((await validate(file, '--max-warnings', '1')).exitCode).toBe(0);
    const { exitCode, stdout } = await validate(file, '--max-warnings', '0');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('at most 0 warnings allowed');
    expect(JSON.parse((await validate(file, '--max-warnings', '0', '--json')).stdout)).toMatchObject({
      ok: false,
    });
  });

  it('writes a format to a file beside text, or JSON, on stdout', async () => {
    write('bad.yml', bad);
    const result = await validate('bad.yml', '--format', 'sarif', '--output', join('reports', 'x.sarif'));
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toContain('bad.yml:3:1: error unknown-key');
    const sarif = JSON.parse(readFileSync(join(folder, 'reports', 'x.sarif'), 'utf8')) as { version: string };
    expect(sarif.version).toBe('2.1.0');
    const both = await validate('bad.yml', '--json', '--format', 'junit', '--output', 'x.xml');
    expect(JSON.parse(both.stdout)).toMatchObject({ ok: false });
    expect(readFileSync(join(folder, 'x.xml'), 'utf8')).toContain('<testsuites');
    const nowhere = await validate('bad.yml', '--output', join('bad.yml', 'x'));
    expect(nowhere.exitCode).toBe(1);
    expect(nowhere.stderr).toContain('OUTPUT_NOT_WRITTEN');
  });

  it('colours text when told to, and never otherwise', async () => {
    write('bad.yml', bad);
    const plain = await validate('bad.yml');
    expect(plain.stdout).not.toContain('\u001B[');
    const forced = await runCli(['validate', 'bad.yml'], { cwd: folder, env: { FORCE_COLOR: '1' } });
    expect(forced.stdout).toContain('\u001B[31merror\u001B[0m');
    const json = await runCli(['validate', 'bad.yml', '--json'], { cwd: folder, env: { FORCE_COLOR: '1' } });
    expect(json.stdout).not.toContain('\u001B[');
  });
});

describe('validate --fix', () => {
  it('repairs what it can, and leaves every other byte as it is', async () => {
    write('bad.yml', bad);
    write('good.yml', good);
    const before = statSync(join(folder, 'good.yml')).mtimeMs;
    const { exitCode, stdout, stderr } = await validate('--fix');
    expect(readFileSync(join(folder, 'bad.yml'), 'utf8')).toBe(bad.replace('authmode', 'auth_mode'));
    expect(statSync(join(folder, 'good.yml')).mtimeMs).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['bad.yml', 'good.yml']);
    expect(stdout).not.toContain('unknown-key');
    expect(stdout).toContain('traffic-sum');
    expect(stderr).toBe('repaired 1 in bad.yml\n');
    expect(exitCode).toBe(3);
  });

  it('shows a diff and writes nothing with --dry-run', async () => {
    write('bad.yml', bad);
    const { exitCode, stdout } = await validate('--fix', '--dry-run');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('-authmode: key\n+auth_mode: key\n');
    expect(readFileSync(join(folder, 'bad.yml'), 'utf8')).toBe(bad);
    const { fixes } = JSON.parse((await validate('--fix', '--dry-run', '--json')).stdout) as Findings;
    expect(fixes?.[0]?.diff).toContain('-authmode: key\r\n+auth_mode: key\r\n');
    expect((await validate('--dry-run')).exitCode).toBe(2);
  });

  it('writes through a link, and keeps permissions', async () => {
    const file = write('bad.yml', bad);
    chmodSync(file, 0o640);
    mkdirSync(join(folder, 'links'));
    symlinkSync(file, join(folder, 'links', 'link.yml'));
    await validate('links', '--fix');
    expect(lstatSync(join(folder, 'links', 'link.yml')).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('auth_mode');
    // Windows has no such bits.
    const expected = process.platform === 'win32' ? statSync(file).mode & 0o777 : 0o640;
    expect(statSync(file).mode & 0o777).toBe(expected);
  });

  it('leaves a value that aliases share: what it repairs in one place it would change in the others', async () => {
    const shared =
      'name: deit\nauth_mode: key\nproperties: {a: &x 1.50, b: *x}\ndescription: &d 010\ntags: {c: *d}\n';
    const file = write('shared.yml', shared);
    await validate('--fix');
    expect(readFileSync(file, 'utf8')).toBe(shared);
  });

  it('does not touch what it cannot read', async () => {
    const latin1 = Buffer.concat([
      Buffer.from('name: deit\nauthmode: key\ndescription: caf'),
      Buffer.from([0xe9, 0x0a]),
    ]);
    writeFileSync(join(folder, 'latin.yml'), latin1);
    expect((await validate('latin.yml', '--fix')).exitCode).toBe(3);
    expect(readFileSync(join(folder, 'latin.yml')).equals(latin1)).toBe(true);
    expect((await validate('-', '--fix')).exitCode).toBe(2);
  });
});
