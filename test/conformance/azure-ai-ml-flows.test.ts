import { basename, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localEnv } from '../../src/index.ts';
import { azureAiMlPackages, azureAiMlVersion } from '../helpers/azure-ai-ml.ts';
import { createAzureClient } from '../helpers/azure-client.ts';
import { flowNames, openFlowBench } from '../helpers/client-flows.ts';
import type { FlowBench, FlowResult } from '../helpers/client-flows.ts';
import { ensureLocalhostNames } from '../helpers/localhost-names.ts';
import { pythonEnvironment } from '../helpers/python-environment.ts';
import { describeResults } from '../helpers/flow-results.ts';
import { runCli } from '../helpers/run-cli.ts';
import { expectRecordedShapes } from './expect-recorded-shapes.ts';

const fileOf = (group: string): string => resolve('test/conformance/python/flows', `${group}.py`);
const groups = ['assets', 'compute', 'online', 'batch', 'registry', 'jobs', 'whole_deploy'].map(fileOf);
/** Runs when our own client has seen what the ones before left. */
const lastGroup = fileOf('whole_clean');

/** Microsoft's Python client, unmodified, that knows of the twin only what `local env` says. */
describe('azure-ai-ml', () => {
  const results = new Map<string, FlowResult>();
  let bench: FlowBench;
  let python: string;

  beforeAll(async () => {
    python = await pythonEnvironment(azureAiMlPackages);
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

  const describeGroup = (file: string): void => {
    describe(`flows of ${basename(file)}`, () => {
      beforeAll(async () => {
        for (const [name, result] of await bench.run(python, ['-W', 'ignore', file]))
          results.set(name, result);
      });

      it.each(flowNames(file))('%s', (name) => {
        const { error } = results.get(name) ?? { error: 'it did not run' };
        expect({ error }).toEqual({ error: null });
      });
    });
  };
  groups.forEach(describeGroup);

  it('leaves what aml-deit sees in the same shell', async () => {
    const { variables } = await localEnv({ env: bench.twin.env });
    const show = async (...args: string[]): Promise<unknown> => {
      const shown = await runCli([...args, '--json'], { env: { ...variables, AML_DEIT_HOME: '/nowhere' } });
      expect({ exitCode: shown.exitCode, stdout: shown.stdout }).toMatchObject({ exitCode: 0 });
      return JSON.parse(shown.stdout) as unknown;
    };
    expect(await show('endpoint', 'list')).toMatchObject({
      endpoints: [{ name: 'whole', state: 'Succeeded', traffic: { first: 100 } }],
    });
    expect(JSON.stringify(await show('endpoint', 'logs', 'whole'))).toContain('listening');
    expect(await show('doctor')).toMatchObject({ ok: true });
  });

  describeGroup(lastGroup);

  it('gets answers of the shapes that the service was recorded with', () => {
    expectRecordedShapes('azure-ai-ml', bench.traces);
    expect(bench.traces.flatMap(({ trace }) => trace).length).toBeGreaterThan(300);
  });

  it('does what the table of the specification says', async () => {
    const names = [...groups, lastGroup].flatMap((file) => flowNames(file));
    const described = describeResults({ client: 'azure-ai-ml', version: azureAiMlVersion }, names, results);
    await expect(described).toMatchFileSnapshot('../golden/conformance/azure-ai-ml.json');
  });
});
