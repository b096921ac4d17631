import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-card-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]): ReturnType<typeof runCli> => runCli(['card', ...args], { cwd: folder });

async function save(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return name;
}

describe('card diff', () => {
  it('tells version 20 from version 15', async () => {
    const { stdout, exitCode } = await run('diff', '15', '20');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('wire format\n  - columns: {"input_data": {"columns": ["image"]');
    expect(stdout).toContain('metadata layout\n  - tags-and-properties\n  + system-metadata\n');
    expect(stdout).toMatch(/^the same: inference allow-list, finetune allow-list, evaluation allow-list,/m);
    expect(stdout).toMatch(/^ {2}16 {2}2024-03-28 {2}MLflow/m);
  });

  it('reads a file in either layout, as YAML or JSON', async () => {
    const spec = await save(
      'spec.yaml',
      `name: facebook-deit-base-patch16-224
version: 15
tags:
  model_specific_defaults:
    apply_deepspeed: 'true'
  finetune_compute_allow_list: [Standard_NC4as_T4_v3, Standard_NC6s_v3]
properties:
  finetune-min-sku-spec: 4|1|28|176
  finetune-recommended-sku: Standard_NC4as_T4_v3,
    Standard_NC6s_v3
`,
    );
    const shown = await save(
      'shown.json',
      JSON.stringify({
        name: 'facebook-deit-base-patch16-224',
        version: '21',
        tags: { model_specific_defaults: "ordereddict({'apply_deepspeed': 'true'})" },
        properties: {},
        system_metadata: {
          SKU: { finetuneMinSkuSpec: '8|1|28|176', finetuneRecommendedSkus: ['Standard_NC4as_T4_v3'] },
          supportedComputes: { finetuneComputes: ['Standard_NC4as_T4_v3'] },
        },
      }),
    );
    const { stdout } = await run('diff', spec, shown, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      from: { version: '15', layout: 'tags-and-properties', wireFormat: 'columns' },
      to: { version: '21', layout: 'system-metadata', wireFormat: 'list' },
      changes: [
        { fact: 'metadata layout' },
        { fact: 'wire format' },
        { fact: 'finetune allow-list', added: [], removed: ['Standard_NC6s_v3'] },
        { fact: 'finetune recommended sizes', removed: ['Standard_NC6s_v3'] },
        { fact: 'finetune minimum', from: '4|1|28|176', to: '8|1|28|176' },
      ],
      same: ['model-specific defaults', 'preview'],
    });
    expect((await run('diff', spec, spec)).stdout).toContain('\nno difference\n');
  });

  it.each([
    ['17', 'the metadata of version 17 is not known: expected 15 or 20, or a file', 'CARD_FILE_INVALID'],
    ['none.json', 'there is no none.json', 'FILE_NOT_FOUND'],
  ])('refuses %s', async (card, message, code) => {
    const { stdout, exitCode } = await run('diff', '15', card, '--json');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code, message } });
  });

  it.each([
    ['a: [1\nb', 'neither JSON nor YAML'],
    ['name: x\n', 'neither allow-lists nor minimum specs'],
    ['', 'neither JSON nor YAML'],
    ['{"name": ', 'neither JSON nor YAML'],
  ])('refuses a file with %j', async (text, words) => {
    const { stderr, exitCode } = await run('diff', await save('bad', text), '15');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('CARD_FILE_INVALID');
    expect(stderr).toContain(words);
  });
});

describe('card lock', () => {
  it('writes the lock, leaves it as it is, and does not replace another without --force', async () => {
    const first = await run('lock', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ status: 'written', lock: { version: '15' } });
    const text = await readFile(join(folder, 'aml-deit.lock'), 'utf8');
    expect(JSON.parse((await run('lock', '--json')).stdout)).toMatchObject({ status: 'unchanged' });

    const other = await run('lock', '20');
    expect(other.exitCode).toBe(3);
    expect(other.stderr).toContain('OUTPUT_EXISTS');
    expect(await readFile(join(folder, 'aml-deit.lock'), 'utf8')).toBe(text);

    expect((await run('lock', '20', '--force')).exitCode).toBe(0);
    expect((await run('lock', '--check')).exitCode).toBe(0);
    expect((await run('lock', '15', '--force')).exitCode).toBe(0);
    expect(await readFile(join(folder, 'aml-deit.lock'), 'utf8')).toBe(text);
  });

  it('exits 3 when the lock does not fit, and writes nothing', async () => {
    const file = await save('other.lock', await readFile(join(folder, 'aml-deit.lock'), 'utf8'));
    const other = await run('lock', '20', '--check', '--file', file);
    expect(other.exitCode).toBe(3);
    expect(other.stdout).toContain('  error lock-version-differs: ');
    const changed = (await readFile(join(folder, file), 'utf8')).replace('"columns"', '"list"');
    await save(file, changed);
    const result = await run('lock', '--check', '--file', file, '--json');
    expect(result.exitCode).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      findings: [{ severity: 'error', code: 'lock-wire-format-differs' }],
    });
    expect(await readFile(join(folder, file), 'utf8')).toBe(changed);
  });

  it.each([
    ['{', 'it is no JSON'],
    ['{"lockVersion": 2}', 'lockVersion is 2: expected 1'],
  ])('refuses to check %j', async (text, words) => {
    const { stderr, exitCode } = await run('lock', '--check', '--file', await save('bad.lock', text));
    expect(exitCode).toBe(3);
    expect(stderr).toContain('LOCK_INVALID');
    expect(stderr).toContain(words);
  });

  it('needs a card that tells the wire format', async () => {
    const card = await save(
      'mine.json',
      '{"name": "m", "version": "1", "properties": {"inference-min-sku-spec": "2|0|14|28"}}',
    );
    const { stderr, exitCode } = await run('lock', card, '--file', 'mine.lock');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('does not tell the wire format');
  });
});
