import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planOnline } from '../../../src/actions/plan-online.ts';
import type { PlanStep } from '../../../src/index.ts';
import { silentHost } from '../../../src/io/index.ts';
import type { Host } from '../../../src/io/index.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';
import { deployBench } from '../../helpers/deploy-to-twin.ts';
import type { DeployBench } from '../../helpers/deploy-to-twin.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { smallPackage } from '../../helpers/small-package.ts';

let bench: DeployBench;
let cans: string;
let pets: string;

beforeAll(async () => {
  [bench, cans, pets] = await Promise.all([
    deployBench(),
    smallPackage(['can', 'carton', 'bottle']),
    smallPackage(['cat', 'dog', 'bird', 'fish']),
  ]);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  for (const directory of [dirname(cans), dirname(pets)]) await rm(directory, { recursive: true });
});

/**
 * Runs again and again, each run ended right after the first step that no run ended at before, until nothing is left to
 * do; gives the steps that were done. A kill between two steps leaves just this: what was sent is done, the rest is not.
 */
async function stepByStep(endpoint: string, model: string, modelName: string): Promise<PlanStep['kind'][]> {
  const done: PlanStep['kind'][] = [];
  const endedAt = new Set<PlanStep['kind']>();
  for (let run = 0; run < 20; run += 1) {
    const planned = await planOnline(bench.options(endpoint, model, { modelName }));
    if (!planned.pending) return done;
    const ended = new AmlDeitError('INTERRUPTED', 'killed here');
    await bench
      .deploy(endpoint, model, {
        modelName,
        onStep({ when, step }) {
          if (when === 'before') return;
          done.push(step.kind);
          if (endedAt.has(step.kind)) return;
          endedAt.add(step.kind);
          throw ended;
        },
      })
      .catch((error: unknown) => {
        if (error !== ended) throw error;
      });
  }
  throw new Error(`it never ends: ${done.join(', ')}`);
}

async function expectNothingDoubled(endpoint: string, modelName: string, versions: number): Promise<void> {
  const aml = await bench.aml();
  const state = await bench.state(endpoint);
  expect(Object.values(state)).toEqual([100]);
  expect(await aml.models.list(modelName)).toHaveLength(versions);
  expect(await aml.environments.list('aml-deit-scorer')).toHaveLength(1);
  const processes = bench.twin
    .report()
    .deployments.filter((deployment) => deployment.endpoint === endpoint)
    .flatMap((deployment) => deployment.instances);
  expect(processes).toHaveLength(1);
}

describe('a deploy that is ended after every single step and run again', () => {
  it('ends where an uninterrupted one ends, nothing done twice', async () => {
    const first = await stepByStep('patient', cans, 'patient-model');
    expect(first).toEqual([
      'register-model',
      'create-environment',
      'create-endpoint',
      'create-deployment',
      // Its outcome is kept nowhere: it is the one step that is done again.
      'smoke-test',
      'smoke-test',
      'move-traffic',
    ]);
    await expectNothingDoubled('patient', 'patient-model', 1);

    const second = await stepByStep('patient', pets, 'patient-model');
    expect(second).toEqual([
      'register-model',
      'create-deployment',
      'smoke-test',
      'smoke-test',
      'move-traffic',
      'remove-deployment',
    ]);
    await expectNothingDoubled('patient', 'patient-model', 2);
  });
});

describe('a deploy that is cut off in the middle of a step', () => {
  it('goes on with the same revision after Ctrl-C', async () => {
    const controller = new AbortController();
    const host: Host = {
      ...silentHost,
      progress: ({ text }) => {
        if (text.startsWith('create deployment') && text.includes('Updating')) controller.abort();
      },
    };
    const modelName = 'abrupt-model';
    const failure = await failureOf(
      bench.deploy('abrupt', cans, { modelName, host, signal: controller.signal }),
    );
    expect(failure).toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
    const [revision] = Object.keys(await bench.state('abrupt'));
    const result = await bench.deploy('abrupt', cans, { modelName });
    expect(result.deployment).toBe(revision);
    expect(result.steps.map((step) => step.kind)).not.toContain('create-deployment');
    await expectNothingDoubled('abrupt', modelName, 1);
  });

  it('ends as timed out, resumable, and goes on', async () => {
    const modelName = 'slow-model';
    const failure = await failureOf(bench.deploy('slow', cans, { modelName, timeoutMs: 300 }));
    expect(failure).toMatchObject({ code: 'OPERATION_TIMED_OUT', exitCode: 5 });
    await bench.deploy('slow', cans, { modelName });
    await expectNothingDoubled('slow', modelName, 1);
  });

  it('goes on after the service was killed, with one scorer', async () => {
    const modelName = 'killed-model';
    let crash: Promise<void> | undefined;
    const host: Host = {
      ...silentHost,
      progress: ({ text }) => {
        if (text.startsWith('create deployment') && text.includes('Updating')) crash ??= bench.twin.crash();
      },
    };
    const failure = await failureOf(
      bench.deploy('killed', cans, { modelName, host, retry: { maxRetries: 0 } }),
    );
    expect(failure.code).toBe('AZURE_UNREACHABLE');
    expect(failure.hint).toContain('running the same command again starts it and continues');
    await crash;
    await bench.twin.restart();
    await bench.deploy('killed', cans, { modelName });
    await expectNothingDoubled('killed', modelName, 1);
  });
});
