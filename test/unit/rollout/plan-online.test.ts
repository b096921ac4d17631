import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOnline } from '../../../src/rollout/index.ts';
import type { ActualOnline, DesiredDeployment, PlanStep } from '../../../src/rollout/index.ts';
import { actualOnline, deployed, desiredOnline } from './fixtures.ts';

const kinds = (steps: readonly PlanStep[]): string[] => steps.map((step) => step.kind);
const nothing: ActualOnline = { deployments: [], models: [], environments: [] };
const other = desiredOnline({ model: { kind: 'package', name: 'deit', contentHash: 'bbbb' } });
const desired = desiredOnline();
const revision = `r${desired.specHash.slice(0, 8)}`;

describe('planOnline', () => {
  it('makes everything where nothing is', () => {
    const plan = planOnline(desired, nothing);
    expect(kinds(plan.steps)).toEqual([
      'register-model',
      'create-environment',
      'create-endpoint',
      'create-deployment',
      'smoke-test',
      'move-traffic',
    ]);
    expect(plan.deployment).toBe(revision);
  });

  it('is empty when nothing differs, whatever is deployed', () => {
    const change = fc.record<Partial<DesiredDeployment>>({
      instanceType: fc.constantFrom('Standard_D4as_v4', 'STANDARD_DS3_V2'),
      instanceCount: fc.integer({ min: 1, max: 50 }),
      requestSettings: fc.record({ requestTimeoutMs: fc.integer({ min: 1, max: 180_000 }) }),
      readinessProbe: fc.record({ failureThreshold: fc.integer({ min: 1, max: 99 }) }),
      environmentVariables: fc.dictionary(fc.stringMatching(/^[A-Z]{1,6}$/), fc.string(), { maxKeys: 4 }),
      appInsightsEnabled: fc.boolean(),
      tags: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.string(), { maxKeys: 3 }),
      description: fc.string(),
    });
    fc.assert(
      fc.property(change, fc.stringMatching(/^[a-z]{3,8}$/), (changed, name) => {
        const wanted = desiredOnline(changed);
        const { description = '' } = wanted.deployment;
        const actual = actualOnline([deployed(wanted, name, { description })], { [name]: 100 });
        expect(planOnline(wanted, actual).steps).toEqual([]);
      }),
    );
  });

  it('puts a new revision beside the one that serves', () => {
    const actual = actualOnline([deployed(other, 'blue')], { blue: 100 });
    const plan = planOnline(desired, actual);
    expect(kinds(plan.steps)).toEqual([
      'create-deployment',
      'smoke-test',
      'move-traffic',
      'remove-deployment',
    ]);
    expect(plan.steps[0]).toMatchObject({
      deployment: revision,
      changes: [{ field: 'model.contentHash', before: 'bbbb', after: 'aaaa' }],
    });
    expect(plan.steps[2]).toMatchObject({ before: { blue: 100 }, after: { [revision]: 100 } });
    expect(plan.steps[3]).toMatchObject({ deployment: 'blue', why: 'replaced' });
  });

  it.each<[keyof DesiredDeployment, Partial<DesiredDeployment>, string]>([
    ['instanceType', { instanceType: 'Standard_DS3_v2' }, 'instanceType'],
    ['environment', { environment: { kind: 'reference', id: '/e/versions/2' } }, 'environment.id'],
    ['requestSettings', { requestSettings: { requestTimeoutMs: 1 } }, 'requestSettings.requestTimeoutMs'],
    ['readinessProbe', { readinessProbe: { initialDelaySeconds: 6 } }, 'readinessProbe.initialDelaySeconds'],
    ['environmentVariables', { environmentVariables: {} }, 'environmentVariables.A'],
    ['appInsightsEnabled', { appInsightsEnabled: true }, 'appInsightsEnabled'],
  ])('makes a new revision for another %s', (_field, change, changed) => {
    const plan = planOnline(desiredOnline(change), actualOnline([deployed(desired, 'blue')], { blue: 100 }));
    const created = plan.steps.find((step) => step.kind === 'create-deployment');
    expect(created?.changes.map((entry) => entry.field)).toEqual([changed]);
  });

  it('changes the instance count, tags and description in place', () => {
    const wanted = desiredOnline({ instanceCount: 3, tags: { team: 'vision' }, description: 'cans' });
    const plan = planOnline(wanted, actualOnline([deployed(desired, 'blue')], { blue: 100 }));
    expect(kinds(plan.steps)).toEqual(['update-deployment']);
    expect(plan.steps[0]).toMatchObject({
      changes: [
        { field: 'description', after: 'cans' },
        { field: 'instanceCount', before: 1, after: 3 },
        { field: 'tags.team', after: 'vision' },
      ],
    });
  });

  it('names a revision after the name that the user gave, once that is taken', () => {
    const wanted = desiredOnline({ baseName: 'blue' });
    expect(planOnline(wanted, nothing).deployment).toBe('blue');
    const beside = planOnline(wanted, actualOnline([deployed(other, 'blue')], { blue: 100 }));
    expect(beside.deployment).toBe(`blue-${wanted.specHash.slice(0, 8)}`);
  });

  it('is empty while the update of an endpoint is not needed, and updates it when it is', () => {
    const actual = actualOnline([deployed(desired, 'blue')], { blue: 100 });
    const wanted = {
      ...desired,
      endpoint: { ...desired.endpoint, tags: { a: '1' }, authMode: 'Key' as const },
    };
    expect(planOnline(wanted, actual).steps).toMatchObject([
      { kind: 'update-endpoint', changes: [{ field: 'tags.a', after: '1' }] },
    ]);
  });
});

describe('recovery of an interrupted run', () => {
  it('continues a revision that is being created', () => {
    const half = deployed(desired, revision, { state: 'Creating' });
    const plan = planOnline(desired, actualOnline([deployed(other, 'blue'), half], { blue: 100 }));
    expect(kinds(plan.steps)).toEqual([
      'await-deployment',
      'smoke-test',
      'move-traffic',
      'remove-deployment',
    ]);
  });

  it('tests a revision that is ready but has no traffic', () => {
    const plan = planOnline(
      desired,
      actualOnline([deployed(other, 'blue'), deployed(desired, revision)], { blue: 100 }),
    );
    expect(kinds(plan.steps)).toEqual(['smoke-test', 'move-traffic', 'remove-deployment']);
  });

  it('only removes the old one when traffic has moved', () => {
    const plan = planOnline(
      desired,
      actualOnline([deployed(other, 'blue'), deployed(desired, revision)], { [revision]: 100 }),
    );
    expect(plan.steps).toMatchObject([{ kind: 'remove-deployment', deployment: 'blue', why: 'orphaned' }]);
  });

  it('removes a failed revision first and takes its name again', () => {
    const failed = deployed(desired, revision, { state: 'Failed' });
    const plan = planOnline(desired, actualOnline([deployed(other, 'blue'), failed], { blue: 100 }));
    expect(kinds(plan.steps)).toEqual([
      'remove-deployment',
      'create-deployment',
      'smoke-test',
      'move-traffic',
      'remove-deployment',
    ]);
    expect(plan.steps[0]).toMatchObject({ deployment: revision, why: 'failed' });
    expect(plan.deployment).toBe(revision);
  });

  it('does not take the name of a deployment that is being deleted', () => {
    const going = deployed(desired, revision, { state: 'Deleting' });
    const plan = planOnline(desired, actualOnline([deployed(other, 'blue'), going], { blue: 100 }));
    expect(plan.deployment).toBe(`${revision}-2`);
    expect(plan.steps.filter((step) => step.kind === 'remove-deployment')).toHaveLength(1);
  });

  it('leaves alone what somebody else made or is making', () => {
    const foreign = deployed(other, 'green');
    const { specHash: _specHash, ...untagged } = foreign;
    const making = deployed(other, 'rbusy', { state: 'Creating' });
    const plan = planOnline(desired, actualOnline([untagged, making], { green: 100 }));
    expect(plan.steps.filter((step) => step.kind === 'remove-deployment')).toEqual([]);
    expect(plan.leftAlone).toEqual(['green']);
  });

  it('sees drift: a deployment whose tag says the same but whose fields do not', () => {
    const drifted = deployed(desired, revision, { environmentVariables: { A: '2' } });
    const plan = planOnline(desired, actualOnline([drifted], { [revision]: 100 }));
    expect(plan.deployment).toBe(`${revision}-2`);
    expect(kinds(plan.steps)).toEqual([
      'create-deployment',
      'smoke-test',
      'move-traffic',
      'remove-deployment',
    ]);
  });
});
