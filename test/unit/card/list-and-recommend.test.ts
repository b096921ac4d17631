import { describe, expect, it } from 'vitest';
import { card, listSkus, quotaKey, recommendSkus, skuTasks, vmSizes } from '../../../src/card/index.ts';
import type { SkuFilter } from '../../../src/card/index.ts';

const asOf = new Date('2026-11-23');
const names = (filter: SkuFilter): string[] => listSkus(filter, asOf).map(({ name }) => name);

describe('listSkus', () => {
  it('lists the whole catalogue without a filter', () => {
    expect(names({}).sort()).toEqual(vmSizes.map(({ name }) => name).sort());
  });

  it.each(skuTasks)("lists the card's %s list by task", (task) => {
    expect(names({ task }).sort()).toEqual([...card.allowLists[task]].sort());
  });

  it('has 29 live sizes for inference, 8 for fine-tuning', () => {
    expect(names({ task: 'inference', live: true })).toHaveLength(29);
    expect(names({ task: 'finetune', live: true })).toHaveLength(8);
  });

  it('narrows by every filter that is given, bounds included', () => {
    expect(names({ task: 'inference', gpu: false, live: true, minVcpus: 4, maxVcpus: 8 })).toEqual([
      'Standard_D4as_v4',
      'Standard_D4a_v4',
      'Standard_FX4mds',
      'Standard_D8as_v4',
      'Standard_D8a_v4',
    ]);
    expect(names({ task: 'inference', gpu: false, live: true, maxVcpus: 8, minMemoryGiB: 84 })).toEqual([
      'Standard_FX4mds',
    ]);
    expect(names({ minTempDiskGiB: 2948, gpu: false })).toEqual([]);
    expect(names({ minTempDiskGiB: 2948 })).toEqual(['Standard_NC24s_v3', 'Standard_NC24s_v2'].sort());
    expect(names({ managedOnline: true })).toHaveLength(85);
  });

  it('takes a figure that is not known for no figure', () => {
    expect(names({ minVcpus: 96, gpu: true })).toContain('Standard_ND96is_H100_v5');
    expect(names({ minVcpus: 96, gpu: true, minMemoryGiB: 1 })).not.toContain('Standard_ND96is_H100_v5');
  });

  it('tells live, closing and retired apart by the day', () => {
    const state = (day: string): string | undefined =>
      listSkus({}, new Date(day)).find(({ name }) => name === 'Standard_DS3_v2')?.state;
    expect(['2025-03-30', '2025-03-31', '2028-04-30', '2028-05-01'].map(state)).toEqual([
      'live',
      'closing',
      'closing',
      'retired',
    ]);
  });
});

describe('recommendSkus', () => {
  it('puts the smallest sound size first, sizes without a GPU before those with', () => {
    const { recommended, withWarnings, excluded } = recommendSkus({ task: 'inference', asOf });
    expect(recommended.map(({ name }) => name).slice(0, 3)).toEqual([
      'Standard_D4as_v4',
      'Standard_D4a_v4',
      'Standard_FX4mds',
    ]);
    expect([recommended.length, withWarnings.length, excluded.length]).toEqual([29, 16, 3]);
    expect(excluded.map(({ findings }) => findings[0]?.code)).toEqual(Array(3).fill('sku-retired'));
    expect(withWarnings[0]?.name).toBe('Standard_E2s_v3');
    const gpus = recommended.map(({ size }) => size.gpus);
    expect(gpus).toEqual([...gpus].sort((a, b) => a - b));
  });

  it('says why the others are out: a wish that they do not meet', () => {
    const { recommended, excluded } = recommendSkus({ task: 'inference', asOf, gpu: true, maxVcpus: 8 });
    expect(recommended.map(({ name }) => name)).toEqual(['Standard_NC4as_T4_v3', 'Standard_NC8as_T4_v3']);
    const unmet = Object.fromEntries(excluded.map((sku) => [sku.name, sku.unmet]));
    expect(unmet.Standard_D4as_v4).toEqual(['it has no GPU']);
    expect(unmet.Standard_D16as_v4).toEqual(['it has no GPU', 'it has 16 vCPUs, more than 8']);
    expect(unmet.Standard_NC16as_T4_v3).toEqual(['it has 16 vCPUs, more than 8']);
    expect(unmet.Standard_NC6s_v3).toEqual([]);
  });

  it('knows the quota', () => {
    const quotas = ['standardDASv4Family', 'standardDAv4Family'].map((name, index) => ({
      name,
      key: quotaKey(name),
      limit: index === 0 ? 19 : 20,
      used: 0,
    }));
    const { recommended, withWarnings, excluded } = recommendSkus({
      task: 'inference',
      asOf,
      instances: 4,
      quotas,
    });
    expect(recommended.map(({ name }) => name)).toEqual(['Standard_D4a_v4']);
    expect(withWarnings[0]?.findings.map(({ code }) => code)).toContain('sku-quota-unknown');
    expect(excluded.find(({ name }) => name === 'Standard_D4as_v4')?.findings).toMatchObject([
      { code: 'sku-quota-short', requiredCores: 20, shortBy: 1 },
    ]);
  });
});
