import { describe, expect, it } from 'vitest';
import { card, checkSkus, findingTexts, findVmSize, skuTasks } from '../../../src/card/index.ts';
import type { SkuFinding, SkuTask } from '../../../src/card/index.ts';

const today = new Date('2026-11-23T12:00:00Z');

function check(names: string | readonly string[], task: SkuTask = 'inference', asOf = today): SkuFinding[] {
  return checkSkus({ names: typeof names === 'string' ? [names] : names, task, asOf });
}

function codes(name: string, task?: SkuTask, asOf?: string): string[] {
  return check(name, task, asOf === undefined ? today : new Date(asOf)).map(
    ({ code, ...rest }) => `${code.replace('sku-', '')}${'field' in rest ? ` ${rest.field}` : ''}`,
  );
}

describe('checkSkus', () => {
  it('has nothing against a listed, live size, in any case', () => {
    expect(check(['Standard_D4as_v4', 'STANDARD_FX4MDS', 'standard_nc4as_t4_v3'])).toEqual([]);
  });

  it.each([
    // Standard_D4s_v3 meets the floor, but nobody listed it.
    [
      'Standard_D4s_v3',
      'inference',
      ['not-listed', 'retirement-announced', 'closed-to-new-subscriptions', 'not-managed-online'],
    ],
    ['Standard_D4ads_v5', 'inference', ['not-listed', 'not-managed-online']],
    // The list of sizes for online endpoints does not bind jobs.
    ['Standard_ND96isr_H200_v5', 'finetune', ['not-listed']],
    ['Standard_D4s_v5', 'inference', ['not-listed', 'below-minimum tempDiskGiB', 'not-managed-online']],
    ['Standard_D2as_v4', 'inference', ['not-listed', 'below-minimum memoryGiB', 'below-minimum tempDiskGiB']],
    ['Standard_NC6', 'inference', ['not-listed', 'retired', 'not-managed-online']],
    // Its memory and disk are not known, which is not zero.
    ['Standard_ND96is_H100_v5', 'finetune', ['not-listed']],
    ['Standard_NV18ads_A10_v5', 'finetune', ['not-listed', 'below-minimum gpus']],
    ['Standard_NC6s_v3', 'finetune', ['retired']],
    ['Standard_NC40ads_H100_v5', 'inference', ['not-listed']],
    ['Standard_NC40ads_H100_v5', 'finetune', ['not-listed', 'below-minimum tempDiskGiB']],
    ['Standard_NC24ads_A100_v4', 'inference', []],
    ['Standard_NC24ads_A100_v4', 'evaluation', ['not-listed', 'below-minimum tempDiskGiB']],
    [
      'Standard_D4as_v4',
      'finetune',
      ['not-listed', 'below-minimum gpus', 'below-minimum memoryGiB', 'below-minimum tempDiskGiB'],
    ],
    ['Standard_DS3_v2', 'inference', ['retirement-announced', 'closed-to-new-subscriptions']],
    ['Standard_E2s_v3', 'inference', ['retirement-announced', 'closed-to-new-subscriptions']],
    ['Standard_D4', 'inference', ['unknown']],
  ] as const)('%s for %s: %j', (name, task, expected) => {
    expect(codes(name, task)).toEqual(expected);
  });

  it('finds the same against each size by any spelling of its name', () => {
    for (const task of skuTasks) {
      for (const name of card.allowLists[task]) {
        expect(check(name.toUpperCase(), task)).toEqual(check(name, task));
      }
    }
  });

  it('calls 3 listed sizes retired and warns of 16 on 2026-11-23', () => {
    const findings = check(card.allowLists.inference);
    const named = (code: string): string[] => findings.filter((f) => f.code === code).map(({ sku }) => sku);
    expect(named('sku-retired')).toEqual(['Standard_NC6s_v3', 'Standard_NC12s_v3', 'Standard_NC24s_v3']);
    expect(named('sku-retirement-announced')).toHaveLength(16);
    expect(named('sku-closed-to-new-subscriptions')).toHaveLength(16);
    expect(findings).toHaveLength(3 + 16 + 16);
  });

  it.each([
    ['Standard_NC6s_v3', '2025-09-29', ['retirement-announced']],
    ['Standard_NC6s_v3', '2025-09-30', ['retired']],
    ['Standard_DS3_v2', '2025-03-30', []],
    ['Standard_DS3_v2', '2025-03-31', ['retirement-announced']],
    ['Standard_DS3_v2', '2026-06-30', ['retirement-announced']],
    ['Standard_DS3_v2', '2026-07-01', ['retirement-announced', 'closed-to-new-subscriptions']],
    ['Standard_DS3_v2', '2028-04-30', ['retirement-announced', 'closed-to-new-subscriptions']],
    ['Standard_DS3_v2', '2028-05-01', ['retired']],
    ['Standard_D4as_v4', '2040-01-01', []],
  ] as const)('%s on %s: %j', (name, day, expected) => {
    expect(codes(name, 'inference', `${day}T23:59:59Z`)).toEqual(expected);
  });

  it('names the date, the source and the regions of a retirement that are still open', () => {
    const [finding] = check('standard_nc6s_v3');
    expect(finding).toMatchObject({
      severity: 'error',
      code: 'sku-retired',
      sku: 'Standard_NC6s_v3',
      date: '2025-09-30',
      source: 'https://learn.microsoft.com/azure/virtual-machines/ncv3-retirement',
      regionalExceptions: [
        { region: 'usgovvirginia', until: '2026-12-31' },
        { region: 'usgovarizona', until: '2026-12-31' },
        { region: 'jioindiawest', until: '2027-06-30' },
        { region: 'chinanorth3', until: '2027-06-30' },
      ],
    });
    const later = checkSkus({ names: ['Standard_NC6s_v3'], task: 'inference', asOf: new Date('2027-01-01') });
    expect(later[0]?.message).toBe(
      'Standard_NC6s_v3 was retired on 2025-09-30, except in jioindiawest until 2027-06-30, chinanorth3 until 2027-06-30 (https://learn.microsoft.com/azure/virtual-machines/ncv3-retirement)',
    );
    expect(check('Standard_NC6s_v3', 'inference', new Date('2028-01-01'))[0]?.message).not.toContain(
      'except',
    );
  });

  it('says which field is below the minimum, and by how much', () => {
    expect(check('Standard_D2as_v4').filter(({ code }) => code === 'sku-below-minimum')).toEqual([
      {
        severity: 'error',
        code: 'sku-below-minimum',
        message: "Standard_D2as_v4 has 8 GiB of memory, 6 GiB below the card's inference minimum of 14 GiB",
        sku: 'Standard_D2as_v4',
        task: 'inference',
        field: 'memoryGiB',
        actual: 8,
        minimum: 14,
        by: 6,
      },
      {
        severity: 'error',
        code: 'sku-below-minimum',
        message:
          "Standard_D2as_v4 has 16 GiB of temporary disk, 12 GiB below the card's inference minimum of 28 GiB",
        sku: 'Standard_D2as_v4',
        task: 'inference',
        field: 'tempDiskGiB',
        actual: 16,
        minimum: 28,
        by: 12,
      },
    ]);
  });

  it.each([
    // Standard_DS3_v2 would be nearer than the last, but is to be retired.
    ['Standard_D4s_v3', 'inference', ['Standard_D4a_v4', 'Standard_D4as_v4', 'Standard_D8a_v4']],
    [
      'Standard_ND96isr_H100_v5',
      'inference',
      ['Standard_ND96amsr_A100_v4', 'Standard_ND96asr_v4', 'Standard_NC96ads_A100_v4'],
    ],
    // The V100 sizes would be nearest, but they are retired; a size without GPU is no substitute.
    [
      'Standard_NC6s_v2',
      'inference',
      ['Standard_NC8as_T4_v3', 'Standard_NC16as_T4_v3', 'Standard_NC4as_T4_v3'],
    ],
    // Nothing without a GPU is on the fine-tune list.
    [
      'Standard_D8as_v4',
      'finetune',
      ['Standard_NC8as_T4_v3', 'Standard_NC4as_T4_v3', 'Standard_NC16as_T4_v3'],
    ],
  ] as const)('names the sizes nearest to %s for %s', (name, task, nearest) => {
    expect(check(name, task).find(({ code }) => code === 'sku-not-listed')).toMatchObject({ nearest });
  });

  it('suggests only listed and live sizes', () => {
    for (const task of skuTasks) {
      const asOf = new Date('2028-06-01');
      for (const finding of check(['Standard_D4s_v5', 'Standard_NV6', 'Standard_M64s'], task, asOf)) {
        if (finding.code !== 'sku-not-listed') continue;
        expect(finding.nearest).toHaveLength(3);
        for (const name of finding.nearest) {
          expect(card.allowLists[task]).toContain(name);
          expect(check(name, task, asOf).filter(({ severity }) => severity === 'error')).toEqual([]);
        }
      }
    }
  });

  it.each([
    ['Standard_D4as_v44', 'Standard_D4as_v4'],
    ['D4as_v4', 'Standard_D4as_v4'],
    ['Standard DS3 v2', 'Standard_DS3_v2'],
    [' Standard_DS3_v2', 'Standard_DS3_v2'],
    ['Standard_NC4sa_T4_v3', 'Standard_NC4as_T4_v3'],
  ])('answers the unknown %j with %s first', (name, nearest) => {
    const [finding] = check(name);
    expect(finding).toMatchObject({ severity: 'error', code: 'sku-unknown', sku: name });
    expect(finding?.message).toContain("and on none of the card's lists; did you mean ");
    expect(finding?.code === 'sku-unknown' && finding.nearest[0]).toBe(nearest);
  });

  it.each(['', 'qwertyuiop', 'x'.repeat(100_000), '__proto__'])(
    'answers %.20j without a suggestion',
    (name) => {
      expect(check(name)).toMatchObject([{ code: 'sku-unknown', nearest: [] }]);
    },
  );

  it('checks a name that comes twice once, and keeps the order', () => {
    const skus = check(['nope', 'standard_ds3_v2', 'Standard_DS3_v2', 'NOPE', 'Standard_NC6']).map(
      ({ sku }) => sku,
    );
    expect([...new Set(skus)]).toEqual(['nope', 'Standard_DS3_v2', 'Standard_NC6']);
    expect(skus).toHaveLength(1 + 2 + 3);
  });

  it('names a size as the catalogue does', () => {
    expect(check('STANDARD_NC6S_V3')[0]?.message).toContain(findVmSize('Standard_NC6s_v3')?.name);
  });

  it('says where a size lives on, with and without an end', () => {
    const messageOf = (name: string): string | undefined =>
      check(name).find(({ code }) => code === 'sku-retirement-announced')?.message;
    expect(messageOf('Standard_E2s_v3')).toContain(
      'will be retired on 2029-11-15, except in Azure Government, Azure operated by 21Vianet, sovereign clouds (',
    );
    expect(messageOf('Standard_DS3_v2')).not.toContain('except');
  });

  it('writes a part of a GPU as Azure does', () => {
    const finding = check('Standard_NV18ads_A10_v5', 'finetune').find(
      ({ code }) => code === 'sku-below-minimum',
    );
    expect(finding?.message).toBe(
      "Standard_NV18ads_A10_v5 has 1/2 GPU, 0.5 below the card's finetune minimum of 1",
    );
  });
});

describe('batch', () => {
  it('does not ask for the managed-online list', () => {
    const use = { names: ['Standard_D4ads_v5'], task: 'inference', asOf: today } as const;
    const codesOf = (batch: boolean): string[] => checkSkus({ ...use, batch }).map(({ code }) => code);
    expect(codesOf(true)).toEqual(['sku-not-listed']);
    expect(codesOf(false)).toEqual(['sku-not-listed', 'sku-not-managed-online']);
  });
});

describe('the image', () => {
  const about = (name: string, image?: 'cpu' | 'gpu'): string[] =>
    checkSkus({
      names: [name],
      task: 'inference',
      asOf: today,
      ...(image === undefined ? {} : { image }),
    }).map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

  it('for the CPU leaves a GPU idle', () => {
    expect(about('Standard_NC4as_T4_v3', 'cpu')).toEqual([
      'warning sku-gpu-unused: Standard_NC4as_T4_v3 has 1 x NVIDIA Tesla T4, which an image for the CPU leaves idle',
    ]);
    expect(about('Standard_D4as_v4', 'cpu')).toEqual([]);
  });

  it('for a GPU misses one', () => {
    expect(about('Standard_D4as_v4', 'gpu')).toEqual([
      'warning sku-gpu-missing: Standard_D4as_v4 has no GPU, which the image is built for',
    ]);
    expect(about('Standard_NC4as_T4_v3', 'gpu')).toEqual([]);
  });

  it('is not asked about when nobody says what it is', () => {
    expect(about('Standard_NC4as_T4_v3')).toEqual([]);
  });
});

describe('the texts of findings', () => {
  it('are whole sentences for every code', () => {
    const text = (name: string): void => expect(name).toMatch(/^[A-Z0-9].*[.`]$/s);
    for (const { meaning, why, remedy } of Object.values(findingTexts)) [meaning, why, remedy].forEach(text);
    expect(Object.keys(findingTexts).filter((code) => code.startsWith('sku-'))).toHaveLength(11);
  });
});
