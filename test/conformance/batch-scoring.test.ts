import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployBatch, importRegistryModel } from '../../src/index.ts';
import { azureAiMlPackages } from '../helpers/azure-ai-ml.ts';
import { fridgeClasses } from '../../src/training/index.ts';
import { createAzureClient } from '../helpers/azure-client.ts';
import { flowNames, openFlowBench } from '../helpers/client-flows.ts';
import type { FlowBench, FlowResult } from '../helpers/client-flows.ts';
import { drawFridgeFolder } from '../helpers/fridge-folder.ts';
import { ensureLocalhostNames } from '../helpers/localhost-names.ts';
import { pythonEnvironment } from '../helpers/python-environment.ts';
import { smallPackage } from '../helpers/small-package.ts';

const file = resolve('test/conformance/python/flows/batch_scoring.py');

/** What we deploy, Microsoft's client runs, finds and downloads. */
describe('azure-ai-ml with batch endpoints of ours', () => {
  let bench: FlowBench;
  let folder: string;
  let model: string;
  let results: ReadonlyMap<string, FlowResult>;
  beforeAll(async () => {
    const python = await pythonEnvironment(azureAiMlPackages);
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-batch-scoring-'));
    await drawFridgeFolder({ directory: join(folder, 'pictures'), task: 'multiclass' });
    model = await smallPackage(fridgeClasses);
    bench = await openFlowBench();
    const { twin } = bench;
    const { properties } = await createAzureClient(twin).datastores.get(
      twin.resourceGroup,
      twin.workspaceName,
      'workspaceblobstore',
    );
    const { accountName } = properties as { accountName?: string };
    await ensureLocalhostNames(python, `${accountName}.blob.core.localhost`);
    const target = { target: 'local', env: { ...twin.env } } as const;
    await deployBatch({ ...target, endpoint: 'container', model });
    const { id } = await importRegistryModel({ directory: model, env: twin.env });
    await deployBatch({ ...target, endpoint: 'registry', serving: 'registry', model: id });
    results = await bench.run(python, ['-W', 'ignore', file, join(folder, 'pictures')]);
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
    rmSync(dirname(model), { recursive: true, force: true });
  });

  it.each(flowNames(file))('%s', (name) => {
    const { error } = results.get(name) ?? { error: 'it did not run' };
    expect({ error }).toEqual({ error: null });
  });
});
