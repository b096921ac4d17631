import { describe, expect, it } from 'vitest';
import { card, checkSku, showCard } from '../../../src/index.ts';
import { runCli } from '../../helpers/run-cli.ts';

describe('sku check', () => {
  it('exits 0 when there are only warnings', async () => {
    const result = await runCli([
      'sku',
      'check',
      'standard_ds3_v2',
      '--for',
      'inference',
      '--as-of',
      '2026-11-23',
    ]);
    expect(result).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `Standard_DS3_v2: ok for inference (4 vCPU, no GPU, 14 GiB memory, 28 GiB temporary disk)
  warning sku-retirement-announced: Standard_DS3_v2 will be retired on 2028-05-01 (https://azure.microsoft.com/updates?id=485569)
  warning sku-closed-to-new-subscriptions: Standard_DS3_v2 is closed to new subscriptions since 2026-07-01 (https://learn.microsoft.com/azure/virtual-machines/sizes/lifecycle/retirements-and-capacity-restrictions)
`,
    });
  });

  it('exits 3 on an error and groups the findings by size', async () => {
    const names = ['Standard_D4s_v5', 'Standard_D4as_v4', 'nope', 'Standard_D4s_v5'];
    const result = await runCli(['sku', 'check', ...names, '--for=inference', '--as-of=2026-11-23']);
    expect(result.stdout.split('\n').map((line) => line.split(/[:(]/)[0])).toEqual([
      'Standard_D4s_v5',
      '  error sku-not-listed',
      '  error sku-below-minimum',
      '  warning sku-not-managed-online',
      'Standard_D4as_v4',
      'nope',
      '  error sku-unknown',
      '',
    ]);
    expect(result.exitCode).toBe(3);
  });

  it('prints findings as JSON, also when it exits 3', async () => {
    const result = await runCli([
      'sku',
      'check',
      'STANDARD_NC6S_V3',
      '--for',
      'finetune',
      '--as-of',
      '2026-11-23',
      '--json',
    ]);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toMatchObject({
      schemaVersion: 1,
      ok: false,
      task: 'finetune',
      asOf: '2026-11-23',
      catalogueAsOf: '2026-11-23',
      skus: [{ name: 'Standard_NC6s_v3', ok: false, size: { gpus: 1 } }],
      findings: [{ severity: 'error', code: 'sku-retired', sku: 'Standard_NC6s_v3', date: '2025-09-30' }],
    });
  });

  it.each([
    [['Standard_D4as_v4', '--for', 'inference', '--as-of', '2026-02-30'], "'2026-02-30' is not a date"],
    [['Standard_D4as_v4', '--for', 'inference', '--as-of', 'tomorrow'], "'tomorrow' is not a date"],
    [['Standard_D4as_v4', '--for', 'training'], 'inference, finetune, evaluation'],
    [['Standard_D4as_v4'], 'missing required flag for'],
    [['--for', 'inference'], 'missing 1 required arg'],
    [['Standard_D4as_v4', '--for', 'inference', '--gpu'], '--gpu'],
    [['Standard_D4as_v4', '--for', 'inference', '--instances', '0'], 'instances'],
  ])('%j is a usage error', async (args, words) => {
    const result = await runCli(['sku', 'check', ...args]);
    expect(result.exitCode).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr.toLowerCase()).toContain(words.toLowerCase());
  });
});

describe('checkSku', () => {
  it('refuses an empty list, an unknown task and an invalid date', async () => {
    await expect(checkSku({ names: [], task: 'inference' })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(checkSku({ names: ['x'], task: 'x' as 'inference' })).rejects.toThrow("unknown task 'x'");
    await expect(checkSku({ names: ['x'], task: 'inference', asOf: new Date('x') })).rejects.toThrow(
      'valid date',
    );
  });
});

describe('card show', () => {
  it('prints every allow-list as the card spells it', async () => {
    const result = await runCli(['card', 'show', '--json']);
    expect(result.exitCode).toBe(0);
    const shown = JSON.parse(result.stdout) as typeof card & { schemaVersion: number };
    expect(shown).toEqual({ schemaVersion: 1, ...(await showCard()) });
    expect(shown.allowLists.inference).toHaveLength(48);
    expect(shown.tags.finetune_compute_allow_list).toEqual(card.allowLists.finetune);
  });

  it('prints readable text that names every listed size', async () => {
    const { stdout } = await runCli(['card', 'show']);
    expect(stdout).toContain(card.id);
    expect(stdout).toContain('at least 4 vCPU, 1 GPU, 28 GiB memory, 176 GiB temporary disk; 11 sizes');
    for (const name of card.allowLists.inference) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
