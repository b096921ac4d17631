import { phaseOf } from './actual-online.ts';
import type {
  ActualDeployment,
  ActualEndpoint,
  ActualEnvironment,
  ActualModel,
  ActualOnline,
} from './actual-online.ts';
import type { DesiredEndpoint, DesiredEnvironment, DesiredModel, DesiredOnline } from './desired-online.ts';
import { diffFields } from './field-changes.ts';
import type { FieldChange } from './field-changes.ts';
import { revisionName } from './names.ts';
import { inPlaceChanges, revisionChanges } from './revision-changes.ts';
import { describeTraffic, normalizeTraffic, sameTraffic, trafficOf } from './traffic.ts';
import type { Traffic } from './traffic.ts';

interface StepBase {
  /** Why, for people: `no version of deit has this content`. */
  readonly reason: string;
}

/** One thing to do. The order in a plan is the order of doing. */
export type PlanStep = StepBase &
  (
    | { readonly kind: 'register-model'; readonly name: string; readonly contentHash: string }
    | { readonly kind: 'create-environment'; readonly name: string; readonly image: string }
    | {
        readonly kind: 'create-endpoint';
        readonly endpoint: string;
        readonly changes: readonly FieldChange[];
      }
    | {
        readonly kind: 'update-endpoint';
        readonly endpoint: string;
        readonly changes: readonly FieldChange[];
      }
    | {
        readonly kind: 'create-deployment';
        readonly deployment: string;
        /** Against the revision that serves now; everything where there is none. */
        readonly changes: readonly FieldChange[];
      }
    | { readonly kind: 'await-deployment'; readonly deployment: string }
    | {
        readonly kind: 'update-deployment';
        readonly deployment: string;
        readonly changes: readonly FieldChange[];
      }
    | { readonly kind: 'smoke-test'; readonly deployment: string }
    | { readonly kind: 'move-traffic'; readonly before: Traffic; readonly after: Traffic }
    | {
        readonly kind: 'remove-deployment';
        readonly deployment: string;
        readonly why: 'replaced' | 'failed' | 'orphaned';
      }
  );

export interface OnlinePlan {
  /** Empty when nothing differs. */
  readonly steps: readonly PlanStep[];
  /** The deployment that serves in the end. */
  readonly deployment: string;
  /** Those that have traffic now. */
  readonly serving: readonly string[];
  /** Deployments that get no traffic any more and stay, because somebody else made them. */
  readonly leftAlone: readonly string[];
}

/**
 * Desired against actual: what to do, in order, each step with its reason. A pure function of its arguments, so that
 * an interrupted run is recovered by planning again: what is done is not in the new plan, what was half done is
 * continued (a revision of the same content) or removed (a failed one, or one of other content).
 */
export function planOnline(desired: DesiredOnline, actual: ActualOnline): OnlinePlan {
  const traffic = normalizeTraffic(actual.endpoint?.traffic ?? {});
  const serving = actual.deployments.filter((deployment) => trafficOf(traffic, deployment.name) > 0);
  const revision = findRevision(desired, actual, traffic);
  const name =
    revision?.name ??
    revisionName({
      baseName: desired.deployment.baseName,
      specHash: desired.specHash,
      taken: actual.deployments
        .filter((deployment) => !isRemovedFirst(deployment, traffic))
        .map((d) => d.name),
    });

  const steps: PlanStep[] = [];
  if (revision === undefined) steps.push(...assetSteps(desired, actual));
  steps.push(...endpointSteps(desired.endpoint, actual.endpoint));
  steps.push(
    ...actual.deployments
      .filter((deployment) => isRemovedFirst(deployment, traffic))
      .map((deployment) =>
        removal(deployment, 'failed', `its state is ${deployment.state} and no traffic goes to it`),
      ),
  );
  steps.push(...revisionSteps(desired, actual, revision, name, serving));

  const after: Traffic = normalizeTraffic({ [name]: 100 });
  const moves = !sameTraffic(traffic, after);
  if (revision === undefined || moves) {
    steps.push({
      kind: 'smoke-test',
      deployment: name,
      reason: 'a revision gets traffic only after it has classified a picture',
    });
  }
  if (moves) {
    steps.push({
      kind: 'move-traffic',
      before: traffic,
      after,
      reason: `traffic goes to ${describeTraffic(traffic)} now`,
    });
  }
  const others = actual.deployments.filter(
    (deployment) =>
      deployment.name.toLowerCase() !== name.toLowerCase() &&
      phaseOf(deployment.state) !== 'deleting' &&
      !isRemovedFirst(deployment, traffic),
  );
  for (const other of others.filter(isOurs)) {
    const served = trafficOf(traffic, other.name) > 0;
    // Work in progress without traffic may be another deployer's, right now.
    if (!served && phaseOf(other.state) === 'in-progress') continue;
    steps.push(
      served
        ? removal(other, 'replaced', `${name} takes its place`)
        : removal(other, 'orphaned', 'an earlier run left it without traffic'),
    );
  }
  return {
    steps,
    deployment: name,
    serving: serving.map((deployment) => deployment.name),
    leftAlone: others.filter((other) => !isOurs(other)).map((other) => other.name),
  };
}

const isOurs = (deployment: ActualDeployment): boolean => deployment.specHash !== undefined;

function removal(
  deployment: ActualDeployment,
  why: 'replaced' | 'failed' | 'orphaned',
  reason: string,
): PlanStep {
  return { kind: 'remove-deployment', deployment: deployment.name, why, reason };
}

/** A failed revision of ours that nobody uses goes first: it holds quota, and may hold the name. */
function isRemovedFirst(deployment: ActualDeployment, traffic: Traffic): boolean {
  return (
    isOurs(deployment) && phaseOf(deployment.state) === 'failed' && trafficOf(traffic, deployment.name) === 0
  );
}

/** The deployment that is already what is desired: the one with most traffic, then a ready one, then one under way. */
function findRevision(
  desired: DesiredOnline,
  actual: ActualOnline,
  traffic: Traffic,
): ActualDeployment | undefined {
  const rank = (deployment: ActualDeployment): number =>
    trafficOf(traffic, deployment.name) * 10 + (phaseOf(deployment.state) === 'ready' ? 1 : 0);
  return actual.deployments
    .filter((deployment) => {
      const phase = phaseOf(deployment.state);
      if (phase === 'deleting' || phase === 'failed') return false;
      // Under way and somebody else's: it may still become anything.
      if (phase === 'in-progress' && !isOurs(deployment)) return false;
      return revisionChanges(desired.deployment, deployment, actual).length === 0;
    })
    .sort((a, b) => rank(b) - rank(a))[0];
}

/** The registered version that has the desired content. */
export function findModel(desired: DesiredModel, models: readonly ActualModel[]): ActualModel | undefined {
  return desired.kind === 'package'
    ? models.find((model) => model.name === desired.name && model.contentHash === desired.contentHash)
    : undefined;
}

/** The environment version that is the desired image with the desired routes. */
export function findEnvironment(
  desired: DesiredEnvironment,
  environments: readonly ActualEnvironment[],
): ActualEnvironment | undefined {
  if (desired.kind !== 'image') return undefined;
  return environments.find(
    (environment) =>
      environment.name === desired.name &&
      environment.image === desired.image &&
      environment.routes !== undefined &&
      diffFields(environment.routes, desired.routes).length === 0,
  );
}

function assetSteps(desired: DesiredOnline, actual: ActualOnline): PlanStep[] {
  const { model, environment } = desired.deployment;
  const steps: PlanStep[] = [];
  if (model?.kind === 'package' && findModel(model, actual.models) === undefined) {
    const known = actual.models.some((candidate) => candidate.name === model.name);
    steps.push({
      kind: 'register-model',
      name: model.name,
      contentHash: model.contentHash,
      reason: known ? `no version of ${model.name} has this content` : `there is no model ${model.name}`,
    });
  }
  if (environment.kind === 'image' && findEnvironment(environment, actual.environments) === undefined) {
    steps.push({
      kind: 'create-environment',
      name: environment.name,
      image: environment.image,
      reason: `no version of ${environment.name} has this image and these routes`,
    });
  }
  return steps;
}

function endpointFields(endpoint: DesiredEndpoint | ActualEndpoint): object {
  const { authMode, description, tags, publicNetworkAccess } = endpoint;
  return { authMode, description, tags, publicNetworkAccess };
}

function endpointSteps(desired: DesiredEndpoint, actual: ActualEndpoint | undefined): PlanStep[] {
  if (actual === undefined || phaseOf(actual.state) === 'failed') {
    const reason =
      actual === undefined ? `there is no endpoint ${desired.name}` : `its state is ${actual.state}`;
    const changes = diffFields({}, { authMode: 'Key', ...endpointFields(desired) });
    return [{ kind: 'create-endpoint', endpoint: desired.name, changes, reason }];
  }
  const changes = diffFields(endpointFields(actual), endpointFields(desired), {
    ignoresCase: (field) => field === 'authMode' || field === 'publicNetworkAccess',
  });
  return changes.length === 0
    ? []
    : [
        {
          kind: 'update-endpoint',
          endpoint: desired.name,
          changes,
          reason: 'it differs from what is desired',
        },
      ];
}

function revisionSteps(
  desired: DesiredOnline,
  actual: ActualOnline,
  revision: ActualDeployment | undefined,
  name: string,
  serving: readonly ActualDeployment[],
): PlanStep[] {
  const { deployment } = desired;
  if (revision === undefined) {
    const [current] = serving;
    const changes = [
      ...revisionChanges(deployment, current, actual),
      ...(current === undefined
        ? diffFields({}, { instanceCount: deployment.instanceCount })
        : inPlaceChanges(deployment, current)),
    ];
    const reason =
      current === undefined
        ? 'nothing serves yet'
        : `${current.name} differs in ${changes.length === 1 ? 'one field' : `${changes.length} fields`}`;
    return [{ kind: 'create-deployment', deployment: name, changes, reason }];
  }
  const steps: PlanStep[] = [];
  if (phaseOf(revision.state) === 'in-progress') {
    steps.push({ kind: 'await-deployment', deployment: name, reason: `its state is ${revision.state}` });
  }
  const changes = inPlaceChanges(deployment, revision);
  if (changes.length > 0) {
    steps.push({ kind: 'update-deployment', deployment: name, changes, reason: 'this is changed in place' });
  }
  return steps;
}
