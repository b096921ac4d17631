import { describe, expect, it } from 'vitest';
import cardJson from '../../../src/card/card.json' with { type: 'json' };
import {
  card,
  findVmSize,
  minimumSpecFields,
  shortfalls,
  skuTasks,
  vmSizes,
} from '../../../src/card/index.ts';

describe('the card', () => {
  it('is version 15', () => {
    expect(card.id).toBe('azureml://registries/azureml/models/facebook-deit-base-patch16-224/versions/15');
    expect(card.id).toBe(
      `azureml://registries/${card.registry}/models/${card.name}/versions/${card.version}`,
    );
    expect(card.sha).toBe('fb2c78a54a5637dec350432794f7b93e31f910c9');
    expect(card.properties.SHA).toBe(card.sha);
    expect(card.tags.Preview).toBe('');
    expect(card.tags.SharedComputeCapacityEnabled).toBe('');
    expect(card.properties.SharedComputeCapacityEnabled).toBe('True');
    expect(card.finetuneDefaults).toEqual({ apply_deepspeed: 'true', apply_ort: 'true' });
    expect([card.figures.top1Percent, card.figures.top5Percent]).toEqual([81.8, 95.6]);
    expect(card.properties['finetuning-tasks']).toBe('image-classification');
  });

  it('has the tags and properties of the registry, in its order', () => {
    expect(Object.keys(card.tags)).toEqual([
      'Preview',
      'huggingface_model_id',
      'license',
      'model_specific_defaults',
      'task',
      'training_dataset',
      'SharedComputeCapacityEnabled',
      'author',
      'inference_compute_allow_list',
      'evaluation_compute_allow_list',
      'finetune_compute_allow_list',
    ]);
    expect(Object.keys(card.properties)).toHaveLength(9);
    expect(card.tags.license).toBe(card.license);
    expect(card.tags.author).toBe(card.author);
    expect(card.tags.huggingface_model_id).toBe(card.huggingFaceModelId);
  });

  it('lists 48 sizes for inference, 11 for fine-tuning, 11 for evaluation, each once', () => {
    expect(skuTasks.map((task) => card.allowLists[task].length)).toEqual([48, 11, 11]);
    for (const task of skuTasks) {
      const lowerCase = card.allowLists[task].map((name) => name.toLowerCase());
      expect(new Set(lowerCase).size).toBe(lowerCase.length);
    }
    const inference: readonly string[] = card.allowLists.inference;
    expect(card.allowLists.finetune.every((name) => inference.includes(name))).toBe(true);
  });

  it('has literal types equal to the lists of card.json', () => {
    expect(card.allowLists.inference).toEqual(cardJson.tags.inference_compute_allow_list);
    expect(card.allowLists.finetune).toEqual(cardJson.tags.finetune_compute_allow_list);
    expect(card.allowLists.evaluation).toEqual(cardJson.tags.evaluation_compute_allow_list);
  });

  it.each(skuTasks)('recommends for %s exactly what it allows, in the same order', (task) => {
    expect(card.properties[`${task}-recommended-sku`].split(', ')).toEqual(card.allowLists[task]);
  });

  it.each(skuTasks)('allows for %s only sizes that meet the minimum, and the minimum is theirs', (task) => {
    const sizes = card.allowLists[task].map((name) => findVmSize(name)).filter((size) => size !== undefined);
    expect(sizes.map(({ name }) => name)).toEqual(card.allowLists[task]);
    expect(sizes.flatMap((size) => shortfalls(size, card.minimumSpecs[task]))).toEqual([]);
    for (const field of minimumSpecFields) {
      expect(Math.min(...sizes.map((size) => size[field] ?? Number.NaN))).toBe(
        card.minimumSpecs[task][field],
      );
    }
  });
});

describe('the catalogue of VM sizes', () => {
  it('has 96 sizes, each once, all with a public source', () => {
    expect(vmSizes).toHaveLength(96);
    expect(new Set(vmSizes.map(({ name }) => name.toLowerCase())).size).toBe(96);
    for (const size of vmSizes) {
      expect(size.source).toMatch(/^https:\/\/learn\.microsoft\.com\/azure\//);
      expect(size.gpus === 0).toBe(size.gpuModel === null);
      expect(size.retirement?.date ?? '2000-01-01').toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });

  it('leaves out what no source states, and nothing else', () => {
    const gaps = vmSizes.filter(({ memoryGiB, tempDiskGiB }) => memoryGiB === null || tempDiskGiB === null);
    expect(gaps.map(({ name }) => name)).toEqual(['Standard_ND96is_H100_v5']);
    expect(
      shortfalls(gaps[0] ?? { vcpus: 0, gpus: 0, memoryGiB: 0, tempDiskGiB: 0 }, card.minimumSpecs.finetune),
    ).toEqual([]);
    expect(vmSizes.filter(({ family }) => family === null).map(({ name }) => name)).toEqual([
      'Standard_NC6',
      'Standard_NV6',
    ]);
  });

  it('has the 85 sizes of the managed-online list, of which 10 need no reserve', () => {
    expect(vmSizes.filter(({ managedOnline }) => managedOnline)).toHaveLength(85);
    expect(vmSizes.filter(({ skipsReserve }) => skipsReserve).map(({ name }) => name)).toEqual([
      'Standard_NC24ads_A100_v4',
      'Standard_NC48ads_A100_v4',
      'Standard_NC96ads_A100_v4',
      'Standard_ND96asr_v4',
      'Standard_ND96amsr_A100_v4',
      'Standard_ND40rs_v2',
      'Standard_NC40ads_H100_v5',
      'Standard_NC80adis_H100_v5',
      'Standard_ND96isr_H100_v5',
      'Standard_ND96is_H100_v5',
    ]);
  });

  it('finds a size in any case', () => {
    expect(findVmSize('STANDARD_nc4AS_t4_V3')?.name).toBe('Standard_NC4as_T4_v3');
    expect(findVmSize('Standard_NC4as_T4_v3 ')).toBeUndefined();
    expect(findVmSize('__proto__')).toBeUndefined();
  });

  it('has every listed size on the managed-online list', () => {
    expect(card.allowLists.inference.filter((name) => findVmSize(name)?.managedOnline !== true)).toEqual([]);
  });
});
