import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowNames, openFlowBench } from '../helpers/client-flows.ts';
import type { FlowBench, FlowResult } from '../helpers/client-flows.ts';
import { describeResults } from '../helpers/flow-results.ts';
import { expectRecordedShapes } from './expect-recorded-shapes.ts';
import { notExpressible } from './not-expressible.ts';

const program = resolve('test/conformance/node/arm-machinelearning.ts');
const pythonFolder = resolve('test/conformance/python/flows');
/** What batches and generated pipelines need is prepared by tests of their own, for the Python client alone. */
const preparedElsewhere = new Set(['batch_scoring.py', 'generated_pipelines.py']);
const pythonFlows = readdirSync(pythonFolder)
  .filter((file) => !preparedElsewhere.has(file))
  .map((file) => join(pythonFolder, file));

/** Microsoft's client for Node, unmodified, in a process that knows of the twin only what `local env` says. */
describe('@azure/arm-machinelearning', () => {
  let bench: FlowBench;
  let results: ReadonlyMap<string, FlowResult>;

  beforeAll(async () => {
    bench = await openFlowBench();
    results = await bench.run(process.execPath, [program]);
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  it.each(flowNames(program))('%s', (name) => {
    const { error } = results.get(name) ?? { error: 'it did not run' };
    expect({ error }).toEqual({ error: null });
  });

  it('expresses every flow of the other client but those that it has no word for', () => {
    const expressed = [...flowNames(program), ...Object.keys(notExpressible)];
    expect(expressed.toSorted()).toEqual(pythonFlows.flatMap((file) => flowNames(file)).toSorted());
  });

  it('gets answers of the shapes that the service was recorded with', () => {
    expectRecordedShapes('arm-machinelearning', bench.traces);
    expect(bench.traces.flatMap(({ trace }) => trace).length).toBeGreaterThan(200);
  });

  it('does what the table of the specification says', async () => {
    const client = { client: '@azure/arm-machinelearning', version: installedVersion() };
    const described = describeResults(client, flowNames(program), results, notExpressible);
    await expect(described).toMatchFileSnapshot('../golden/conformance/arm-machinelearning.json');
  });
});

function installedVersion(): string {
  const text = readFileSync('node_modules/@azure/arm-machinelearning/package.json', 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
