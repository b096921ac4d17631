import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';
import { smallConfig, writeCheckpoint } from '../../helpers/synthetic-weights.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'export-command-'));
  await writeCheckpoint(join(root, 'fridge'), { config: smallConfig() });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('model export', () => {
  it('says what it read and wrote, and what comes next', async () => {
    const out = join(root, 'package');
    const first = await runCli(['model', 'export', join(root, 'fridge'), '--out', out]);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain('warning:');
    expect(first.stdout).toContain('model          fridge (vit, 40 tensors, 0.0 M parameters)');
    expect(first.stdout).toContain('pixel_values: float32 [batch, 3, 16, 16]');
    expect(first.stdout).toContain('3 (multiclass): can, carton, bottle');
    expect(first.stdout).toMatch(/^model\.safetensors\s+\d+\s+[0-9a-f]{16}$/m);
    expect(first.stdout).toContain(`next: aml-deit serve --model ${out}`);
    const second = await runCli(['model', 'export', join(root, 'fridge'), '--out', out]);
    expect(second.stdout).toContain('holds this package already; nothing was written');
  });

  it('prints one JSON document with --json', async () => {
    const out = join(root, 'json');
    const { exitCode, stdout } = await runCli([
      'model',
      'export',
      join(root, 'fridge'),
      '--out',
      out,
      '--json',
    ]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      directory: out,
      unchanged: false,
      manifest: { labels: ['can', 'carton', 'bottle'] },
      tensors: { count: 40 },
      warnings: [{ code: 'PREPROCESSOR_DEFAULTED' }],
    });
  });

  it('refuses what it cannot export with one error and exit code 3', async () => {
    const out = join(root, 'none');
    const missing = await runCli(['model', 'export', join(root, 'nowhere'), '--out', out]);
    expect(missing).toMatchObject({ exitCode: 3, stdout: '' });
    expect(missing.stderr).toMatch(/^error FILE_NOT_FOUND: .*nowhere does not exist\n$/);
    const occupied = await runCli(['model', 'export', join(root, 'fridge'), '--out', root, '--json']);
    expect(occupied.exitCode).toBe(3);
    expect(JSON.parse(occupied.stdout)).toMatchObject({ error: { code: 'OUTPUT_EXISTS' } });
    expect(await readdir(root)).not.toContain('none');
  });
});
