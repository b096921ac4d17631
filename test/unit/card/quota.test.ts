import { describe, expect, it } from 'vitest';
import { checkSkus, findVmSize, parseQuotas, quotaKey, requiredCores } from '../../../src/card/index.ts';
import type { Quota, SkuFinding, SkuTask } from '../../../src/card/index.ts';

const asOf = new Date('2026-11-23');

function quota(name: string, limit: number, used: number | null = 0): Quota {
  return { name, key: quotaKey(name), limit, used };
}

interface Case {
  readonly instances?: number;
  readonly task?: SkuTask;
}

function check(
  name: string,
  quotas: readonly Quota[],
  { instances = 1, task = 'inference' }: Case = {},
): SkuFinding[] {
  return checkSkus({ names: [name], task, asOf, instances, quotas }).filter(({ code }) =>
    code.startsWith('sku-quota'),
  );
}

describe('requiredCores', () => {
  it.each([
    // Azure's own example: 10 instances of 4 cores need 48.
    ['Standard_DS3_v2', 10, 'inference', 48],
    ['Standard_D4as_v4', 1, 'inference', 8],
    ['Standard_D4as_v4', 5, 'inference', 24],
    ['Standard_D4as_v4', 6, 'inference', 32],
    ['Standard_NC24ads_A100_v4', 5, 'inference', 120],
    ['Standard_ND40rs_v2', 1, 'inference', 40],
    ['Standard_NC4as_T4_v3', 5, 'inference', 24],
    // Compute clusters keep nothing in reserve.
    ['Standard_NC4as_T4_v3', 5, 'finetune', 20],
    ['Standard_NC4as_T4_v3', 5, 'evaluation', 20],
  ] as const)('%s x %i for %s is %i', (name, instances, task, cores) => {
    const size = findVmSize(name);
    expect(size && requiredCores(size, { instances, task })).toBe(cores);
  });

  it('keeps no reserve for a batch deployment either', () => {
    const size = findVmSize('Standard_D4as_v4');
    expect(size && requiredCores(size, { task: 'inference', batch: true, instances: 5 })).toBe(20);
    expect(size && requiredCores(size, { task: 'inference' })).toBe(8);
  });

  it('is exact wherever a fifth is a whole number', () => {
    const size = findVmSize('Standard_DS1_v2');
    for (let fives = 1; fives <= 400; fives += 1) {
      expect(size && requiredCores(size, { instances: 5 * fives, task: 'inference' })).toBe(6 * fives);
    }
  });
});

describe('quotas', () => {
  it('may be just enough', () => {
    expect(check('Standard_D4as_v4', [quota('standardDASv4Family', 8)])).toEqual([]);
    expect(check('Standard_D4as_v4', [quota('standardDASv4Family', 28, 20)])).toEqual([]);
    expect(check('Standard_D4as_v4', [quota('standardDASv4Family', 8, null)])).toEqual([]);
  });

  it('may be one core short', () => {
    expect(
      check('standard_d4as_v4', [quota('Standard DASv4 Family Cluster Dedicated vCPUs', 27, 20)]),
    ).toEqual([
      {
        severity: 'error',
        code: 'sku-quota-short',
        message:
          "1 x Standard_D4as_v4, 2 with the reserve for upgrades, needs 8 cores: 'Standard DASv4 Family Cluster Dedicated vCPUs' has 27, 20 in use: 1 too few",
        sku: 'Standard_D4as_v4',
        quota: 'Standard DASv4 Family Cluster Dedicated vCPUs',
        instances: 1,
        requiredCores: 8,
        limit: 27,
        used: 20,
        shortBy: 1,
      },
    ]);
  });

  it('need no reserve on a size that skips it', () => {
    const quotas = [quota('StandardNCADSA100v4Family', 24)];
    expect(check('Standard_NC24ads_A100_v4', quotas)).toEqual([]);
    const [finding] = check('Standard_NC24ads_A100_v4', quotas, { instances: 2 });
    expect(finding).toMatchObject({ code: 'sku-quota-short', requiredCores: 48, shortBy: 24 });
    expect(finding?.message).not.toContain('reserve');
  });

  it.each(['Total Cluster Dedicated Regional vCPUs', 'Total Regional vCPUs', 'cores'])(
    'bind by the region as well: %s',
    (region) => {
      const family = quota('standardDASv4Family', 100);
      expect(check('Standard_D4as_v4', [family, quota(region, 8)])).toEqual([]);
      expect(check('Standard_D4as_v4', [family, quota(region, 7)])).toMatchObject([
        { code: 'sku-quota-short', quota: region, shortBy: 1 },
      ]);
    },
  );

  it('that do not name the family say nothing, which is not zero', () => {
    const others = [quota('standardDSv2Family', 0), quota('lowPriorityCores', 0)];
    expect(check('Standard_D4as_v4', others)).toEqual([
      {
        severity: 'warning',
        code: 'sku-quota-unknown',
        message:
          'nothing is known of the quota for Standard_D4as_v4: the list has no standardDASv4Family; 8 cores are needed',
        quota: 'standardDASv4Family',
        sku: 'Standard_D4as_v4',
        instances: 1,
        requiredCores: 8,
      },
    ]);
    expect(check('Standard_NC6', others)).toMatchObject([{ code: 'sku-quota-unknown', quota: null }]);
  });

  it.each([
    ['standardDSv2Family', 'Standard DSv2 Family vCPUs'],
    ['standard NCASv3_T4 Family', 'Standard NCASv3_T4 Family Cluster Dedicated vCPUs'],
    ['standardNCADSA100v4Family', 'StandardNCADSA100v4Family'],
    ['standardNDv5H100Family', 'standardNDSH100v5Family'],
  ])('call %s and %s the same', (a, b) => {
    expect(quotaKey(a)).toBe(quotaKey(b));
    expect(quotaKey('standardDSv3Family')).not.toBe(quotaKey(a));
  });
});

describe('parseQuotas', () => {
  const dsv2 = { name: 'standardDSv2Family', key: 'standarddsv2family', limit: 24, used: 4 };

  it.each([
    [
      'the answer of ARM',
      {
        value: [
          {
            id: '/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/eastus/usages/x',
            type: 'Microsoft.MachineLearningServices/vmFamily/usages',
            unit: 'Count',
            currentValue: 4,
            limit: 24,
            name: {
              value: 'standardDSv2Family',
              localizedValue: 'Standard DSv2 Family Cluster Dedicated vCPUs',
            },
          },
        ],
      },
    ],
    [
      'az vm list-usage, whose figures are texts',
      [
        {
          currentValue: '4',
          limit: '24',
          localName: 'Standard DSv2 Family vCPUs',
          name: { localizedValue: 'Standard DSv2 Family vCPUs', value: 'standardDSv2Family' },
        },
      ],
    ],
    ['az ml, in its own case', [{ name: { value: 'standardDSv2Family' }, current_value: 4, limit: 24 }]],
    ['names as text', [{ name: 'standardDSv2Family', limit: 24, currentValue: 4 }]],
    [
      'az quota',
      {
        value: [
          {
            name: 'standardDSv2Family',
            properties: {
              name: { value: 'standardDSv2Family' },
              limit: { limitObjectType: 'LimitValue', value: 24 },
              usages: { value: 4 },
            },
          },
        ],
      },
    ],
  ])('reads %s', (_, document) => {
    expect(parseQuotas(document)).toEqual([dsv2]);
  });

  it("takes the subscription's line before those of workspaces, and -1 for no limit", () => {
    const line = (id: string, limit: number): unknown => ({
      id,
      name: 'standardDSv2Family',
      limit,
      currentValue: 4,
    });
    const workspace = line('/subscriptions/s/resourceGroups/g/providers/x/workspaces/w/usages', -1);
    const subscription = line('/subscriptions/s/providers/x/locations/eastus/usages', 24);
    expect(parseQuotas([workspace, subscription])).toEqual([dsv2]);
    expect(parseQuotas([subscription, workspace])).toEqual([dsv2]);
    expect(parseQuotas([workspace])).toEqual([{ ...dsv2, limit: Number.POSITIVE_INFINITY }]);
  });

  it('leaves out what states no limit, and does not take it for zero', () => {
    const clusters = { name: { value: 'Total Clusters' }, limit: 200, currentValue: 1 };
    const useOnly = { name: 'standardESv3Family', properties: { usages: { value: 4 } } };
    expect(parseQuotas([clusters, useOnly, { limit: 1 }, null, 'x'])).toMatchObject([
      { name: 'Total Clusters' },
    ]);
    expect(parseQuotas([{ name: 'standardDSv2Family', limit: 24 }])).toEqual([{ ...dsv2, used: null }]);
  });

  it.each([
    [{}, 'expected a list'],
    ['text', 'expected a list'],
    [null, 'expected a list'],
    [{ value: {} }, 'expected a list'],
    [[], 'no entry'],
    [[{ name: 'a', limit: 'many' }], 'no entry'],
    [
      [
        { name: 'standardDSv2Family', limit: 1 },
        { name: 'Standard DSv2 Family vCPUs', limit: 2 },
      ],
      'listed twice',
    ],
  ])('refuses %j', (document, words) => {
    const parsed = parseQuotas(document);
    expect('fault' in parsed && parsed.fault).toContain(words);
  });
});
