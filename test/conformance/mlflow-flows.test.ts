import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAzureClient } from '../helpers/azure-client.ts';
import { flowNames, openFlowBench } from '../helpers/client-flows.ts';
import type { FlowBench, FlowResult } from '../helpers/client-flows.ts';
import { ensureLocalhostNames } from '../helpers/localhost-names.ts';
import { pythonEnvironment } from '../helpers/python-environment.ts';

const requirements = ['mlflow-skinny==3.15.0', 'azureml-mlflow==1.62.0.post6', 'azure-identity'];
const program = resolve('test/conformance/python/tracking/tracking.py');

/** MLflow's own client, unmodified: as it is, and with Azure's plugin. */
describe('MLflow', () => {
  let bench: FlowBench;
  let python: string;

  beforeAll(async () => {
    python = await pythonEnvironment(requirements);
    bench = await openFlowBench();
    const { twin } = bench;
    const { properties } = await createAzureClient(twin).datastores.get(
      twin.resourceGroup,
      twin.workspaceName,
      'workspaceblobstore',
    );
    const { accountName } = properties as { accountName?: string };
    await ensureLocalhostNames(python, `${accountName}.blob.core.localhost`);
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  describe.each(['plain', 'azureml'])('%s', (kind) => {
    let results: ReadonlyMap<string, FlowResult>;

    beforeAll(async () => {
      results = await bench.run(python, ['-W', 'ignore', program, kind]);
    });

    it.each(flowNames(program))('%s', (name) => {
      const { error } = results.get(name) ?? { error: 'it did not run' };
      expect({ error }).toEqual({ error: null });
    });
  });
});
