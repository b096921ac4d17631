import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { batchSpecification, describeBatchStep, planBatch } from '../../../src/rollout/index.ts';
import type {
  ActualBatch,
  BatchStep,
  DesiredBatch,
  DesiredBatchDeployment,
} from '../../../src/rollout/index.ts';
import { routes, workspaceId } from './fixtures.ts';

const cluster = { name: 'cpu', size: 'Standard_DS3_v2', minNodes: 0, maxNodes: 2, idleSeconds: 120 };

function desiredBatch(change: Partial<DesiredBatchDeployment> = {}): DesiredBatch {
  const deployment: DesiredBatchDeployment = {
    kind: 'component',
    model: { kind: 'package', name: 'deit', contentHash: 'aaaa' },
    environment: { kind: 'image', name: 'scorer', image: 'aml-deit/scorer:1', routes },
    compute: 'cpu',
    instanceCount: 2,
    settings: { command: 'aml-deit score' },
    ...change,
  };
  const specHash = createHash('sha256').update(batchSpecification(deployment)).digest('hex');
  return { endpoint: { name: 'nightly', tags: {} }, cluster, deployment, specHash };
}

const nothing: ActualBatch = { deployments: [], models: [], environments: [] };
const kinds = (steps: readonly BatchStep[]): string[] => steps.map(({ kind }) => kind);
const desired = desiredBatch();
const other = desiredBatch({ model: { kind: 'package', name: 'deit', contentHash: 'bbbb' } });
const revisionOf = ({ specHash }: DesiredBatch): string => `r${specHash.slice(0, 8)}`;
const deployed = (of: DesiredBatch, name = revisionOf(of), state = 'Succeeded') => ({
  name,
  state,
  specHash: of.specHash,
});
const endpointWith = (defaultDeployment?: string): NonNullable<ActualBatch['endpoint']> => ({
  state: 'Succeeded',
  description: '',
  tags: {},
  ...(defaultDeployment === undefined ? {} : { defaultDeployment }),
});

/** What the service has after a step, as it would answer. */
function after(actual: ActualBatch, step: BatchStep, wanted: DesiredBatch): ActualBatch {
  const { endpoint = endpointWith() } = actual;
  switch (step.kind) {
    case 'ensure-cluster': {
      const { name: _name, ...fields } = cluster;
      return { ...actual, cluster: { state: 'Succeeded', ...fields } };
    }
    case 'register-model': {
      const { name, contentHash } = step;
      const id = `${workspaceId}/models/${name}/versions/1`;
      return { ...actual, models: [...actual.models, { id, name, version: '1', contentHash }] };
    }
    case 'create-environment': {
      const { name, image } = step;
      const id = `${workspaceId}/environments/${name}/versions/1`;
      return { ...actual, environments: [...actual.environments, { id, name, version: '1', image, routes }] };
    }
    case 'create-endpoint':
    case 'update-endpoint':
      return { ...actual, endpoint };
    case 'create-deployment':
    case 'await-deployment':
      return {
        ...actual,
        deployments: [
          ...actual.deployments.filter(({ name }) => name !== step.deployment),
          deployed(wanted, step.deployment),
        ],
      };
    case 'set-default':
      return { ...actual, endpoint: { ...endpoint, defaultDeployment: step.deployment } };
    case 'remove-deployment':
      return { ...actual, deployments: actual.deployments.filter(({ name }) => name !== step.deployment) };
    default:
      throw new TypeError(step satisfies never);
  }
}

describe('planBatch', () => {
  it('makes everything where nothing is, and does nothing where nothing differs', () => {
    const plan = planBatch(desired, nothing);
    expect(kinds(plan.steps)).toEqual([
      'ensure-cluster',
      'register-model',
      'create-environment',
      'create-endpoint',
      'create-deployment',
      'set-default',
    ]);
    expect(plan.deployment).toBe(revisionOf(desired));
    const made = plan.steps.reduce((actual, step) => after(actual, step, desired), nothing);
    expect(planBatch(desired, made).steps).toEqual([]);
    expect(new Set(plan.steps.map(describeBatchStep)).size).toBe(plan.steps.length);
  });

  it('ends where it would have ended when it is interrupted after any step, the default ready all the while', () => {
    const oldest = deployed(desiredBatch({ instanceCount: 1 }), 'oldest');
    const before: ActualBatch = {
      ...nothing,
      endpoint: endpointWith('before'),
      deployments: [oldest, deployed(other, 'before')],
    };
    const { steps } = planBatch(desired, before);
    expect(kinds(steps).slice(-3)).toEqual(['create-deployment', 'remove-deployment', 'set-default']);
    const isRunning = ({ endpoint, deployments }: ActualBatch): boolean =>
      deployments.some(({ name, state }) => name === endpoint?.defaultDeployment && state === 'Succeeded');
    const run = (actual: ActualBatch, some: readonly BatchStep[]): ActualBatch =>
      some.reduce((now, step) => {
        const next = after(now, step, desired);
        expect(isRunning(next)).toBe(true);
        return next;
      }, actual);
    const end = run(before, steps);
    // The one that was the default stays.
    expect(end.deployments.map(({ name }) => name)).toEqual(['before', revisionOf(desired)]);
    for (let done = 0; done < steps.length; done += 1) {
      const stopped = run(before, steps.slice(0, done));
      expect(run(stopped, planBatch(desired, stopped).steps)).toEqual(end);
    }
  });

  it('goes back to a revision that is still there by moving the default only', () => {
    const actual = {
      ...nothing,
      endpoint: endpointWith(revisionOf(other)),
      deployments: [deployed(desired), deployed(other)],
      cluster: { state: 'Succeeded', ...cluster },
    };
    expect(planBatch(desired, actual).steps).toMatchObject([
      { kind: 'set-default', before: revisionOf(other), deployment: revisionOf(desired) },
    ]);
  });

  it.each<[string, Partial<DesiredBatchDeployment>]>([
    ['kind', { kind: 'model' }],
    ['model', { model: { kind: 'reference', id: 'azureml://registries/azureml/models/deit/versions/15' } }],
    ['image', { environment: { kind: 'image', name: 'scorer', image: 'aml-deit/scorer:2', routes } }],
    ['compute', { compute: null }],
    ['instance count', { instanceCount: 3 }],
    ['settings', { settings: { command: 'aml-deit score --top-k 1' } }],
    ['description', { description: 'nightly' }],
    ['tag', { tags: { team: 'fridge' } }],
    ['variable', { environmentVariables: { A: '1' } }],
  ])('makes a new revision for another %s', (_what, change) => {
    const actual = { ...nothing, endpoint: endpointWith('blue'), deployments: [deployed(desired, 'blue')] };
    const plan = planBatch(desiredBatch(change), actual);
    expect(kinds(plan.steps)).toContain('create-deployment');
    expect(plan.deployment).not.toBe('blue');
  });

  it('waits for one that is being made, and makes one that failed anew, unless that is the default', () => {
    const withState = (state: string, isDefault: boolean): BatchStep[] => {
      const deployments = [deployed(desired, 'blue', state)];
      const endpoint = endpointWith(isDefault ? 'blue' : undefined);
      return [
        ...planBatch(
          { ...desired, deployment: { ...desired.deployment, baseName: 'blue' } },
          { ...nothing, endpoint, deployments },
        ).steps,
      ];
    };
    expect(withState('Creating', false)).toContainEqual(
      expect.objectContaining({ kind: 'await-deployment', deployment: 'blue' }),
    );
    const again = withState('Failed', false).filter(({ kind }) => kind.endsWith('-deployment'));
    expect(again).toMatchObject([
      { kind: 'remove-deployment', deployment: 'blue' },
      { kind: 'create-deployment', deployment: 'blue' },
    ]);
    const beside = withState('Failed', true).filter(({ kind }) => kind.endsWith('-deployment'));
    expect(beside).toMatchObject([
      { kind: 'create-deployment', deployment: `blue-${desired.specHash.slice(0, 8)}` },
    ]);
  });

  it('leaves alone what others made, and a cluster that only differs in case', () => {
    const actual: ActualBatch = {
      ...nothing,
      endpoint: endpointWith(revisionOf(desired)),
      deployments: [deployed(desired), { name: 'theirs', state: 'Succeeded' }],
      cluster: { state: 'Succeeded', ...cluster, size: 'STANDARD_DS3_V2' },
    };
    expect(planBatch(desired, actual).steps).toEqual([]);
    const grown = { ...actual, cluster: { state: 'Succeeded', ...cluster, maxNodes: 1 } };
    expect(planBatch(desired, grown).steps).toMatchObject([
      { kind: 'ensure-cluster', changes: [{ field: 'maxNodes', before: 1, after: 2 }] },
    ]);
    const serverless = { ...desiredBatch({ compute: null }), cluster: undefined };
    const { cluster: _cluster, ...withoutCluster } = serverless;
    expect(kinds(planBatch(withoutCluster, nothing).steps)).not.toContain('ensure-cluster');
  });
});
