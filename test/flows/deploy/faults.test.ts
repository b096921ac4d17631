import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AmlDeitError } from '../../../src/errors/index.ts';
import { deployBench } from '../../helpers/deploy-to-twin.ts';
import type { DeployBench } from '../../helpers/deploy-to-twin.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { smallPackage } from '../../helpers/small-package.ts';

let bench: DeployBench;
let model: string;

beforeAll(async () => {
  [bench, model] = await Promise.all([deployBench(), smallPackage()]);
});
afterEach(() => bench.twin.faults.clear());
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await rm(dirname(model), { recursive: true });
});

const hits = (): number[] => bench.twin.faults.list().map((fault) => fault.hits);

/** Deploys, and proves that it ended as one that nothing happened to. */
async function deploys(endpoint: string, modelName: string): Promise<void> {
  const result = await bench.deploy(endpoint, model, { modelName });
  expect(Object.values(await bench.state(endpoint))).toEqual([100]);
  const aml = await bench.aml();
  expect(await aml.models.list(modelName)).toHaveLength(1);
  expect(result.smoke?.classes).toHaveLength(3);
}

describe('a deploy through a service that falters', () => {
  it('waits and tries again where the service says that there are too many requests', async () => {
    const { faults } = bench.twin;
    for (const operation of ['model.version.put', 'environment.version.put', 'online*.put'])
      faults.add({ kind: 'status', status: 429, headers: { 'retry-after': '1' }, operation, times: 1 });
    await deploys('busy', 'busy-model');
    expect(hits()).toEqual([1, 1, 1]);
  });

  it('tries again after errors of the service', async () => {
    const { faults } = bench.twin;
    faults.add({ kind: 'status', status: 500, operation: 'onlineDeployment.put', times: 2 });
    faults.add({ kind: 'status', status: 503, operation: 'operation.status', after: 1, times: 2 });
    await deploys('shaky', 'shaky-model');
    expect(hits()).toEqual([2, 2]);
  });

  it.each(['drop-before', 'drop-after'] as const)(
    'does nothing twice when a connection is cut (%s)',
    async (kind) => {
      const { faults } = bench.twin;
      for (const operation of ['model.version.put', 'onlineEndpoint.put', 'onlineDeployment.put', 'blob.put'])
        faults.add({ kind, operation, times: 1 });
      await deploys(`cut-${kind}`, `${kind}-model`);
      expect(hits()).toEqual([1, 1, 1, 1]);
      const processes = bench.twin.report().deployments.filter(({ endpoint }) => endpoint === `cut-${kind}`);
      expect(processes.flatMap(({ instances }) => instances)).toHaveLength(1);
    },
  );

  it('times out on an operation that is stuck, and goes on with it in the next run', async () => {
    const { faults } = bench.twin;
    faults.add({
      kind: 'operation-stuck',
      operation: 'onlineDeployment.put',
      path: 'onlineEndpoints/stuck/**',
    });
    const failure = await failureOf(bench.deploy('stuck', model, { modelName: 'stuck', timeoutMs: 2000 }));
    expect(failure).toMatchObject({ code: 'OPERATION_TIMED_OUT', exitCode: 5 });
    const [revision] = Object.keys(await bench.state('stuck'));
    faults.clear();
    const result = await bench.deploy('stuck', model, { modelName: 'stuck' });
    expect(result.deployment).toBe(revision);
    expect(result.steps.map((step) => step.kind)).not.toContain('create-deployment');
  });

  it('says what the service said of an operation that failed', async () => {
    bench.twin.faults.add({
      kind: 'operation-failed',
      operation: 'onlineDeployment.put',
      code: 'OutOfCapacity',
      message: 'no machine of this size is free',
      details: [{ code: 'ZoneFull', message: 'zone 2 is full' }],
      times: 1,
    });
    const failure: AmlDeitError = await failureOf(bench.deploy('failing', model, { modelName: 'failing' }));
    expect(failure.code).toBe('DEPLOYMENT_FAILED');
    expect(failure.message).toContain('OutOfCapacity: no machine of this size is free');
    expect(JSON.stringify(failure.details)).toContain('zone 2 is full');
    // The failed revision is cleaned up: the same call works afterwards.
    await deploys('failing', 'failing');
  });

  it('gets a new signature, or says what was refused, when one expires during the upload', async () => {
    const { faults } = bench.twin;
    faults.add({ kind: 'sas-expired', operation: 'blob.put', after: 1 });
    const failure = await failureOf(bench.deploy('signed', model, { modelName: 'signed' }));
    expect(failure.code).toBe('AUTH_DENIED');
    expect(failure.message).toMatch(/AuthenticationFailed|signature|time frame/i);
    faults.clear();
    await deploys('signed', 'signed');
  });

  it('tells of a missing quota as the service does', async () => {
    bench.twin.faults.add({ kind: 'quota' });
    const failure = await failureOf(bench.deploy('poor', model, { modelName: 'poor' }));
    expect(JSON.stringify([failure.message, failure.details])).toContain('Not enough quota available');
  });
});

describe('containers that falter', () => {
  it.each([
    ['image-pull', /unable to download user container image/],
    ['crash-at-start', /ended 3 times, last with a crash at start/],
  ] as const)('%s fails the deployment with its cause', async (kind, message) => {
    bench.twin.faults.add({ kind, path: `onlineEndpoints/${kind}/**` });
    const failure = await failureOf(bench.deploy(kind, model, { modelName: kind }));
    expect(failure.code).toBe('DEPLOYMENT_FAILED');
    expect(failure.message).toMatch(message);
  });

  it('a process that is never ready keeps the operation open until it may be ready', async () => {
    const { faults } = bench.twin;
    faults.add({ kind: 'never-ready', path: 'onlineEndpoints/slow/**' });
    const failure = await failureOf(bench.deploy('slow', model, { modelName: 'slow', timeoutMs: 2000 }));
    expect(failure.code).toBe('OPERATION_TIMED_OUT');
    faults.clear();
    await deploys('slow', 'slow');
  });

  it('a process that crashes after it was ready is started again', async () => {
    bench.twin.faults.add({ kind: 'crash-after-ready', ms: 0, path: 'onlineEndpoints/fragile/**', times: 1 });
    await bench.deploy('fragile', model, { modelName: 'fragile' });
    const restarts = (): number[] =>
      bench.twin
        .report()
        .deployments.filter(({ endpoint }) => endpoint === 'fragile')
        .flatMap(({ instances }) => instances.map((instance) => (instance.ready ? instance.restarts : -1)));
    await expect.poll(restarts).toEqual([1]);
  });
});
