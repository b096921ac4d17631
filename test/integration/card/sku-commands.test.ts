import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-sku-'));
  file = join(folder, 'usage.json');
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('sku check --quota', () => {
  const check = (...more: string[]): ReturnType<typeof runCli> =>
    runCli([
      'sku',
      'check',
      'Standard_D4as_v4',
      '--for=inference',
      '--as-of=2026-11-23',
      '--quota',
      file,
      ...more,
    ]);

  it('exits 3 when the cores with the reserve do not fit, 0 when they do', async () => {
    const line = { name: { value: 'standardDASv4Family' }, currentValue: 0, limit: 12 };
    await writeFile(file, JSON.stringify({ value: [line] }));
    const fits = await check('--instances', '2', '--json');
    expect(fits.exitCode).toBe(0);
    expect(JSON.parse(fits.stdout)).toMatchObject({
      instances: 2,
      skus: [{ requiredCores: 12 }],
      findings: [],
    });
    const short = await check('--instances', '3');
    expect(short.exitCode).toBe(3);
    // On a cluster nothing is kept in reserve.
    expect((await check('--instances', '3', '--batch')).exitCode).toBe(0);
    expect(short.stdout.split('\n')[1]).toBe(
      "  error sku-quota-short: 3 x Standard_D4as_v4, 4 with the reserve for upgrades, needs 16 cores: 'standardDASv4Family' has 12, 0 in use: 4 too few",
    );
  });

  it('reads what Windows PowerShell writes', async () => {
    const text = JSON.stringify([{ name: 'standardDASv4Family', limit: 1 }]);
    await writeFile(file, Buffer.from(`\uFEFF${text}`, 'utf16le'));
    expect((await check()).exitCode).toBe(3);
    await writeFile(file, `\uFEFF${text.replace('1', '8')}`);
    expect((await check()).exitCode).toBe(0);
  });

  it.each([
    ['Name  Limit\n', 'it is no JSON'],
    ['{"value": 1}', 'expected a list'],
    ['[{"name": "x"}]', 'no entry has a name and a limit'],
  ])('refuses %j', async (text, words) => {
    await writeFile(file, text);
    const result = await check('--json');
    expect(result.exitCode).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({
      error: { code: 'QUOTA_FILE_INVALID', message: expect.stringContaining(words) as string },
    });
  });

  it('refuses a file that is not there, or is larger than any list', async () => {
    await rm(file, { force: true });
    expect((await check()).stderr).toContain('FILE_NOT_FOUND');
    await writeFile(file, Buffer.alloc(4 * 1024 * 1024 + 1, ' '));
    expect((await check()).stderr).toContain('larger than');
  });
});

describe('sku check --strict', () => {
  it('lets warnings count', async () => {
    const check = (...more: string[]): ReturnType<typeof runCli> =>
      runCli([
        'sku',
        'check',
        'Standard_DS3_v2',
        'Standard_D4as_v4',
        '--for=inference',
        '--as-of=2026-11-23',
        ...more,
      ]);
    expect((await check()).exitCode).toBe(0);
    const strict = await check('--strict', '--json');
    expect(strict.exitCode).toBe(3);
    expect(JSON.parse(strict.stdout)).toMatchObject({ ok: false, skus: [{ ok: false }, { ok: true }] });
  });

  it('warns of an idle GPU on request', async () => {
    const args = [
      'sku',
      'check',
      'Standard_NC4as_T4_v3',
      '--for=inference',
      '--image',
      'cpu',
      '--as-of=2026-11-23',
    ];
    const result = await runCli(args);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('warning sku-gpu-unused');
  });
});

describe('sku list', () => {
  it('prints a table, JSON and CSV of the same sizes', async () => {
    const args = ['sku', 'list', '--for=finetune', '--live', '--max-vcpus=8', '--as-of=2026-11-23'];
    const table = await runCli(args);
    expect(table.stdout.replace(/ {2,}/g, ' | ')).toBe(
      `SIZE | VCPU | GPU | MEMORY | DISK | STATE | ALLOWED FOR
Standard_NC4as_T4_v3 | 4 | 1 x NVIDIA Tesla T4 | 28 GiB | 176 GiB | live | inference, finetune, evaluation
Standard_NC8as_T4_v3 | 8 | 1 x NVIDIA Tesla T4 | 56 GiB | 352 GiB | live | inference, finetune, evaluation
`,
    );
    const json = JSON.parse((await runCli([...args, '--json'])).stdout) as { skus: { name: string }[] };
    expect(json).toMatchObject({ schemaVersion: 1, asOf: '2026-11-23' });
    expect(json.skus.map(({ name }) => name)).toEqual(['Standard_NC4as_T4_v3', 'Standard_NC8as_T4_v3']);
    const csv = await runCli([...args, '--csv']);
    expect(csv.stdout).toBe(
      `name,vcpus,gpus,gpuModel,gpuMemoryGiB,memoryGiB,tempDiskGiB,family,managedOnline,skipsReserve,state,retirementDate,allowedFor,source
Standard_NC4as_T4_v3,4,1,NVIDIA Tesla T4,16,28,176,standard NCASv3_T4 Family,true,false,live,,inference finetune evaluation,https://learn.microsoft.com/azure/virtual-machines/sizes/gpu-accelerated/ncast4v3-series
Standard_NC8as_T4_v3,8,1,NVIDIA Tesla T4,16,56,352,standard NCASv3_T4 Family,true,false,live,,inference finetune evaluation,https://learn.microsoft.com/azure/virtual-machines/sizes/gpu-accelerated/ncast4v3-series
`,
    );
    expect((await runCli([...args, '--csv', '--json'])).exitCode).toBe(2);
  });

  it('puts a cell with a comma in quotes, and leaves what is not known empty', async () => {
    const { stdout } = await runCli(['sku', 'list', '--gpu', '--min-vcpus=96', '--csv']);
    expect(stdout).toContain('"NVIDIA A100 (40GB, NVLink 3.0)"');
    expect(stdout).toContain('Standard_ND96is_H100_v5,96,8,NVIDIA H100,,,,standardNDv5H100Family,');
  });

  it('says so when nothing meets the filters', async () => {
    expect((await runCli(['sku', 'list', '--min-vcpus', '1000'])).stdout).toBe('no size meets the filters\n');
  });
});

describe('sku recommend', () => {
  it('prints what to use, what to use with care, and why the rest is out', async () => {
    const args = ['sku', 'recommend', '--for=inference', '--no-gpu', '--max-vcpus=4', '--as-of=2026-11-23'];
    const result = await runCli(args);
    expect(result.exitCode).toBe(0);
    const lines = result.stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' '));
    expect(lines.slice(0, 3)).toEqual([
      'recommended for inference, the smallest first',
      'SIZE VCPU GPU MEMORY DISK',
      'Standard_D4as_v4 4 - 16 GiB 32 GiB',
    ]);
    expect(lines).toContain(' Standard_NC4as_T4_v3: it has a GPU');
    expect(lines).toContain(' Standard_F8s_v2: it has 8 vCPUs, more than 4');
    expect(lines).toContain(
      ' Standard_DS3_v2 sku-retirement-announced: Standard_DS3_v2 will be retired on 2028-05-01 (https://azure.microsoft.com/updates?id=485569)',
    );
  });

  it('exits 3 when nothing of the list can be used', async () => {
    const result = await runCli(['sku', 'recommend', '--for=finetune', '--no-gpu', '--json']);
    expect(result.exitCode).toBe(3);
    expect(JSON.parse(result.stdout)).toMatchObject({ recommended: [], withWarnings: [] });
  });
});
