import { describe, expect, it } from 'vitest';
import cardJson from '../../../src/card/card.json' with { type: 'json' };
import {
  card,
  cardVersions,
  diffCards,
  findRegistryCard,
  findVmSize,
  minimumSpecFields,
  readRegistryCard,
  shortfalls,
  skuTasks,
  wireFormatOfVersion,
} from '../../../src/card/index.ts';
import type { RegistryCard } from '../../../src/card/index.ts';
import { parseMinimumSpec } from '../../../src/card/minimum-spec.ts';

function known(version: '15' | '20'): RegistryCard {
  const found = findRegistryCard(version);
  if (found === undefined) throw new Error(`version ${version} is not there`);
  return found;
}

describe.each(['15', '20'] as const)('the metadata of version %s', (version) => {
  it('has its layout and its wire format', () => {
    const { layout, wireFormat, name, sha, modelSpecificDefaults } = known(version);
    expect([layout, wireFormat]).toEqual(
      version === '15' ? ['tags-and-properties', 'columns'] : ['system-metadata', 'list'],
    );
    expect(name).toBe('facebook-deit-base-patch16-224');
    expect(sha).toBe('fb2c78a54a5637dec350432794f7b93e31f910c9');
    expect(modelSpecificDefaults).toEqual({ apply_deepspeed: 'true', apply_ort: 'true' });
  });

  it.each(skuTasks)(
    'claims for %s what holds: recommended is allowed, the minimum is that of the list',
    (task) => {
      const { allowLists, recommended, minimumSpecs } = known(version);
      expect(recommended[task]).toEqual(allowLists[task]);
      expect(allowLists[task]).toEqual(card.allowLists[task]);
      const minimum = parseMinimumSpec(minimumSpecs[task] ?? '');
      const sizes = (allowLists[task] ?? []).map((name) => findVmSize(name));
      for (const size of sizes) expect(size && shortfalls(size, minimum)).toEqual([]);
      for (const field of minimumSpecFields) {
        expect(Math.min(...sizes.map((size) => size?.[field] ?? Number.NaN))).toBe(minimum[field]);
      }
    },
  );
});

describe('readRegistryCard', () => {
  const { tags, properties } = cardJson;
  const asPython = (list: readonly string[]): string => `[${list.map((name) => `'${name}'`).join(', ')}]`;
  const v15 = known('15');

  it('reads tags as `az ml model show` prints them: texts of what Python has', () => {
    const shown = {
      id: 'azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15',
      name: 'facebook-deit-base-patch16-224',
      version: '15',
      tags: {
        ...tags,
        model_specific_defaults: "ordereddict({'apply_deepspeed': 'true', 'apply_ort': 'true'})",
        inference_compute_allow_list: asPython(tags.inference_compute_allow_list),
        finetune_compute_allow_list: asPython(tags.finetune_compute_allow_list),
        evaluation_compute_allow_list: JSON.stringify(tags.evaluation_compute_allow_list),
      },
      properties,
    };
    expect(readRegistryCard(shown)).toEqual(v15);
  });

  it("reads ARM's body, whose name is the version", () => {
    const body = {
      id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/registries/azureml/models/facebook-deit-base-patch16-224/versions/15',
      name: '15',
      properties: { tags, properties },
    };
    expect(readRegistryCard(body)).toEqual(v15);
  });

  it("takes a mapping's booleans and numbers for their texts", () => {
    const read = readRegistryCard({
      version: 15,
      name: 'facebook-deit-base-patch16-224',
      tags: { model_specific_defaults: { apply_ort: true, steps: 3 } },
      properties: { 'inference-min-sku-spec': '2|0|14|28', SharedComputeCapacityEnabled: true },
    });
    expect(read).toMatchObject({
      version: '15',
      wireFormat: 'columns',
      sharedComputeCapacity: true,
      modelSpecificDefaults: { apply_ort: 'true', steps: '3' },
      allowLists: { inference: null },
      minimumSpecs: { inference: '2|0|14|28', finetune: null },
    });
  });

  it('knows the wire format of another model by its flavours only', () => {
    const facts = { name: 'my-model', version: '3', properties: { 'inference-min-sku-spec': '2|0|14|28' } };
    expect(readRegistryCard(facts)?.wireFormat).toBeNull();
    expect(readRegistryCard({ ...facts, flavors: { transformers: {} } })?.wireFormat).toBe('list');
    expect(readRegistryCard({ ...facts, flavors: { python_function: {} } })?.wireFormat).toBeNull();
  });

  it.each([undefined, null, 'text', 15, [], {}, { tags: {} }, { name: 'x', tags: [], properties: 'y' }])(
    'finds no metadata in %j',
    (document) => {
      expect(readRegistryCard(document)).toBeUndefined();
    },
  );
});

describe('diffCards', () => {
  it('finds between 15 and 20 another layout, another wire format, and the same sizes', () => {
    const { changes, same, history } = diffCards(known('15'), known('20'));
    expect(changes).toEqual([
      { fact: 'metadata layout', from: 'tags-and-properties', to: 'system-metadata' },
      { fact: 'wire format', from: 'columns', to: 'list' },
      { fact: 'preview', from: 'true', to: 'false' },
      { fact: 'publisher', from: 'facebook', to: 'Meta' },
    ]);
    expect(same).toContain('inference allow-list');
    expect(same).toContain('finetune minimum');
    expect(history.map(({ version }) => version)).toEqual(['16', '17', '18', '19', '20']);
  });

  it('finds nothing between a card and itself, and no history backwards', () => {
    for (const version of ['15', '20'] as const) {
      expect(diffCards(known(version), known(version))).toMatchObject({ changes: [], history: [] });
    }
    expect(diffCards(known('20'), known('15')).history).toEqual([]);
  });

  it('names the sizes that came and went, without regard to case', () => {
    const v15 = known('15');
    const finetune = [
      'standard_nc4AS_t4_v3',
      'Standard_NC40ads_H100_v5',
      ...card.allowLists.finetune.slice(2),
    ];
    const other = { ...v15, allowLists: { ...v15.allowLists, finetune, evaluation: null } };
    expect(diffCards(v15, other).changes).toEqual([
      {
        fact: 'finetune allow-list',
        from: '11 entries',
        to: '11 entries',
        added: ['Standard_NC40ads_H100_v5'],
        removed: ['Standard_NC6s_v3'],
      },
      { fact: 'evaluation allow-list', from: '11 entries', to: null },
    ]);
  });
});

describe('the history of versions', () => {
  it('runs from 5 to 20, and the wire format changes at 16', () => {
    expect(cardVersions.map(({ version }) => Number(version))).toEqual(
      Array.from({ length: 16 }, (_, i) => i + 5),
    );
    const days = cardVersions.map(({ since }) => since);
    expect(days).toEqual([...days].sort());
    expect(['5', '15', '16', '20', '21'].map(wireFormatOfVersion)).toEqual([
      'columns',
      'columns',
      'list',
      'list',
      'list',
    ]);
    expect(wireFormatOfVersion('latest')).toBeNull();
  });
});
