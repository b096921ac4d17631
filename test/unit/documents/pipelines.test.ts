import { describe, expect, it } from 'vitest';
import { fixText } from '../../../src/documents/apply-fixes.ts';
import { checkFile, fileDiagnostics } from '../../../src/documents/check-file.ts';
import type { Diagnostic } from '../../../src/documents/diagnostic.ts';
import { parseComponentReference } from '../../../src/documents/component-reference.ts';
import { findKnownComponent, knownComponents } from '../../../src/card/known-components/index.ts';
import { knownVersion } from '../../../src/documents/known-version.ts';
import { registryComponents } from '../../../src/card/registry-components.ts';

function check(text: string): readonly Diagnostic[] {
  return fileDiagnostics(checkFile({ text, file: 'p.yml', asOf: '2026-11-23' }));
}

const head = 'type: pipeline\ncompute: azureml:cpu\n';

describe('parseComponentReference', () => {
  it.each([
    ['azureml://registries/azureml/components/c/versions/1', 'registry', '1'],
    ['azureml://registries/azureml/components/c/labels/latest', 'registry', undefined],
    ['azureml://registries/azureml/components/c', 'registry', undefined],
    ['azureml:c:1', 'workspace', undefined],
    ['azureml://subscriptions/s/components/c', 'workspace', undefined],
    ['file:../c.yml', 'file', undefined],
    ['c.yml', 'file', undefined],
  ])('%s', (text, is, version) => {
    const reference = parseComponentReference(text);
    expect(reference.is).toBe(is);
    expect(reference.is === 'registry' ? reference.version : undefined).toBe(version);
  });
});

describe('what is known of the registry', () => {
  it('covers the versions that the product pins', () => {
    for (const { name, version } of Object.values(registryComponents)) {
      const known = findKnownComponent(name);
      expect(known === undefined ? undefined : knownVersion(known, version)).toBe('exact');
    }
  });

  it('has defaults that its own inputs take, and values as text', () => {
    for (const { name, inputs } of knownComponents) {
      for (const [input, { default: value, enum: values }] of Object.entries(inputs)) {
        if (value === undefined || values === undefined) continue;
        expect([name, input, values]).toEqual([name, input, expect.arrayContaining([String(value)])]);
      }
    }
  });

  it('says nothing of a version whose interface is not known', () => {
    const metrics = findKnownComponent('compute_metrics');
    const finetune = findKnownComponent('transformers_image_classification_pipeline');
    if (metrics === undefined || finetune === undefined) throw new Error('not known');
    expect(knownVersion(metrics, '0.0.19')).toBeUndefined();
    expect(knownVersion(finetune, '0.0.10')).toBe('likely');
    expect(knownVersion(finetune, '0.0.9')).toBeUndefined();
    expect(knownVersion(finetune, undefined)).toBe('likely');
  });
});

describe('a fix of a pipeline', () => {
  it('writes an expression of the pipeline as such, in whatever quotes it stands', async () => {
    const text = `${head}inputs: {a: 1}
jobs:
  n: {type: command, component: "azureml:c:1", inputs: {x: '\${{ inputs.a }}'}} # kept
`;
    const { text: fixed, remaining } = await fixText(text, check);
    expect(fixed).toBe(text.replace('${{ inputs.a }}', '${{parent.inputs.a}}'));
    expect(remaining).toEqual([]);
  });

  it('names the component whose inputs are given', async () => {
    const text = `${head}jobs:
  n:
    type: pipeline
    component: 'azureml://registries/azureml/components/image_classification_pipeline/versions/0.0.25'
    inputs:
      mlflow_model: {type: mlflow_model, path: "azureml:m:1"}
      training_data: {type: mltable, path: ./t}
      test_data: {type: mltable, path: ./t}
      compute_model_import: cpu
      compute_finetune: gpu
      task_name: image-classification
`;
    const { text: fixed, remaining } = await fixText(text, check);
    expect(fixed).toBe(text.replace('image_class', 'transformers_image_class'));
    expect(remaining).toEqual([]);
  });
});

describe('a long pipeline', () => {
  it('is no cycle, however long the chain, and one when its ends meet', () => {
    const nodes = (last: string): string =>
      Array.from({ length: 2000 }, (_, index) => {
        const next = index === 1999 ? last : `n${index + 1}`;
        const inputs = next === '' ? '' : `, inputs: {x: "\${{parent.jobs.${next}.outputs.o}}"}`;
        return `  n${index}: {type: command, component: "azureml:c:1"${inputs}}\n`;
      }).join('');
    expect(check(`${head}jobs:\n${nodes('')}`)).toEqual([]);
    expect(check(`${head}jobs:\n${nodes('n0')}`).map(({ code, line }) => [code, line])).toEqual([
      ['pipeline-cycle', 4],
    ]);
  });
});
