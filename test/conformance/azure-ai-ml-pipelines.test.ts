import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEvaluate, generateFinetune } from '../../src/index.ts';
import { azureAiMlPackages } from '../helpers/azure-ai-ml.ts';
import { createAzureClient } from '../helpers/azure-client.ts';
import { flowNames, openFlowBench } from '../helpers/client-flows.ts';
import type { FlowBench, FlowResult } from '../helpers/client-flows.ts';
import { drawTable } from '../helpers/fridge-tables.ts';
import { ensureLocalhostNames } from '../helpers/localhost-names.ts';
import { pythonEnvironment } from '../helpers/python-environment.ts';

const program = resolve('test/conformance/python/flows/generated_pipelines.py');
const tasks = ['multiclass', 'multilabel'] as const;

/** Microsoft's Python client submits what `generate finetune` and `generate evaluate` write, unchanged. */
describe('azure-ai-ml with generated pipelines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-pipelines-'));
  let bench: FlowBench;
  let results: ReadonlyMap<string, FlowResult>;

  beforeAll(async () => {
    const python = await pythonEnvironment(azureAiMlPackages);
    bench = await openFlowBench();
    const { twin } = bench;
    const { properties } = await createAzureClient(twin).datastores.get(
      twin.resourceGroup,
      twin.workspaceName,
      'workspaceblobstore',
    );
    const { accountName } = properties as { accountName?: string };
    await ensureLocalhostNames(python, `${accountName}.blob.core.localhost`);
    for (const task of tasks) {
      const out = join(folder, task);
      const table = (split: string, perClass: number): Promise<string> =>
        drawTable({
          directory: join(out, 'data', split),
          split,
          perClass,
          // The registry's model is evaluated on labels that it knows.
          label: (name) => {
            const label = name.endsWith('bottle') ? 'bottle' : name;
            return task === 'multiclass' ? label : [label];
          },
        });
      const trainingData = await table('train', 4);
      const validationData = await table('validation', 2);
      const testData = await table('test', 2);
      await generateFinetune({ out, task, trainingData, validationData, testData, applyOrt: 'leave-out' });
      await generateEvaluate({ out, task, testData });
    }
    results = await bench.run(python, ['-W', 'ignore', program, folder]);
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(flowNames(program))('%s', (name) => {
    const { error } = results.get(name) ?? { error: 'it did not run' };
    expect({ error }).toEqual({ error: null });
  });
});
