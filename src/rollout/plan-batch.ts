import { phaseOf } from './actual-online.ts';
import type { ActualEnvironment, ActualModel } from './actual-online.ts';
import type { DesiredEnvironment, DesiredModel } from './desired-online.ts';
import { diffFields } from './field-changes.ts';
import type { FieldChange } from './field-changes.ts';
import { revisionName } from './names.ts';
import { findEnvironment, findModel } from './plan-online.ts';

/** What a cluster has to be; the minimum is what stands idle and is paid for. */
export interface DesiredCluster {
  readonly name: string;
  readonly size: string;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly idleSeconds: number;
}

export interface DesiredBatchEndpoint {
  readonly name: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface DesiredBatchDeployment {
  readonly baseName?: string;
  readonly kind: 'component' | 'model';
  readonly model: DesiredModel;
  /** `none` for a model that brings its own. */
  readonly environment: DesiredEnvironment;
  /** Name of the cluster; null for serverless. */
  readonly compute: string | null;
  readonly instanceCount: number;
  /** Shown by the service, and part of what makes one revision another. */
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly environmentVariables?: Readonly<Record<string, string>>;
  /** Everything else that makes one revision another, as a deployment of its kind has it. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

export interface DesiredBatch {
  readonly endpoint: DesiredBatchEndpoint;
  /** Absent: a cluster that is only named has to be there. */
  readonly cluster?: DesiredCluster;
  readonly deployment: DesiredBatchDeployment;
  /** SHA-256 of {@link batchSpecification}. */
  readonly specHash: string;
}

export interface ActualBatch {
  readonly endpoint?: {
    readonly state: string;
    readonly description?: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly defaultDeployment?: string;
  };
  readonly deployments: readonly {
    readonly name: string;
    readonly state: string;
    /** The mark of those that aml-deit made. */
    readonly specHash?: string;
  }[];
  readonly cluster?: Omit<DesiredCluster, 'name'> & { readonly state: string };
  readonly models: readonly ActualModel[];
  readonly environments: readonly ActualEnvironment[];
}

interface Reasoned {
  readonly reason: string;
}

export type BatchStep = Reasoned &
  (
    | { readonly kind: 'ensure-cluster'; readonly cluster: string; readonly changes: readonly FieldChange[] }
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
        readonly changes: readonly FieldChange[];
      }
    | { readonly kind: 'await-deployment'; readonly deployment: string }
    | { readonly kind: 'set-default'; readonly before?: string; readonly deployment: string }
    | { readonly kind: 'remove-deployment'; readonly deployment: string }
  );

export interface BatchPlan {
  readonly steps: readonly BatchStep[];
  /** The deployment that is, or becomes, the default. */
  readonly deployment: string;
}

/** What makes a revision another one, as text in one order: the model by its content where that is known. */
export function batchSpecification(deployment: DesiredBatchDeployment): string {
  const { kind, model, environment, compute, instanceCount, settings } = deployment;
  const { description, tags, environmentVariables } = deployment;
  const ordered = (members: object): unknown[] =>
    Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    kind,
    model.kind === 'package' ? [model.name, model.contentHash] : [model.id],
    environment.kind === 'image'
      ? [environment.image]
      : environment.kind === 'reference'
        ? [environment.id]
        : [],
    compute,
    instanceCount,
    ordered(settings),
    ...(description === undefined ? [] : [{ description }]),
    ...(tags === undefined ? [] : [{ tags: ordered(tags) }]),
    ...(environmentVariables === undefined ? [] : [{ variables: ordered(environmentVariables) }]),
  ]);
}

/**
 * The steps from what is to what is desired; none when nothing differs. A revision is a new deployment: the default is
 * moved when it is ready, and the deployment that was the default stays, for the jobs that run on it and for going back,
 * until the next revision.
 */
export function planBatch(desired: DesiredBatch, actual: ActualBatch): BatchPlan {
  const isDefault = (name: string): boolean =>
    actual.endpoint?.defaultDeployment?.toLowerCase() === name.toLowerCase();
  const phases = actual.deployments.map((one) => ({ ...one, phase: phaseOf(one.state) }));
  const revision = phases.find(
    ({ specHash, phase }) => specHash === desired.specHash && phase !== 'failed' && phase !== 'deleting',
  );
  const failed = phases.filter(
    ({ name, specHash, phase }) => specHash !== undefined && phase === 'failed' && !isDefault(name),
  );
  const name =
    revision?.name ??
    revisionName({
      baseName: desired.deployment.baseName,
      specHash: desired.specHash,
      taken: phases.filter((one) => !failed.includes(one)).map((one) => one.name),
    });
  const steps: BatchStep[] = [...clusterSteps(desired, actual)];
  if (revision === undefined) steps.push(...assetSteps(desired, actual));
  steps.push(...endpointSteps(desired, actual));
  for (const { name: deployment, state } of failed)
    steps.push({ kind: 'remove-deployment', deployment, reason: `its state is ${state}` });
  if (revision === undefined)
    steps.push({
      kind: 'create-deployment',
      deployment: name,
      changes: diffFields({}, deploymentFields(desired.deployment)),
      reason: phases.length === 0 ? 'there is no deployment' : 'no deployment has this specification',
    });
  else if (revision.phase === 'in-progress')
    steps.push({ kind: 'await-deployment', deployment: name, reason: `its state is ${revision.state}` });
  if (!isDefault(name)) {
    // Before the default moves: afterwards nothing would tell the one before from older ones.
    for (const { name: other, specHash, phase } of phases)
      if (other !== name && !isDefault(other) && specHash !== undefined && phase === 'ready')
        steps.push({
          kind: 'remove-deployment',
          deployment: other,
          reason: 'a revision older than the default',
        });
    const before = actual.endpoint?.defaultDeployment;
    steps.push({
      kind: 'set-default',
      deployment: name,
      ...(before === undefined ? {} : { before }),
      reason: before === undefined ? 'there is no default deployment' : `${before} is the default`,
    });
  }
  return { steps, deployment: name };
}

function deploymentFields({ model, environment, ...rest }: DesiredBatchDeployment): object {
  const { kind, compute, instanceCount, settings, description, tags, environmentVariables } = rest;
  return {
    kind,
    model: model.kind === 'package' ? { name: model.name, contentHash: model.contentHash } : { id: model.id },
    ...(environment.kind === 'image' ? { image: environment.image } : {}),
    compute: compute ?? 'serverless',
    instanceCount,
    ...settings,
    description,
    tags,
    environmentVariables,
  };
}

function clusterSteps({ cluster }: DesiredBatch, { cluster: there }: ActualBatch): BatchStep[] {
  if (cluster === undefined) return [];
  const { name, ...fields } = cluster;
  if (there === undefined || phaseOf(there.state) === 'failed')
    return [
      {
        kind: 'ensure-cluster',
        cluster: name,
        changes: diffFields({}, fields),
        reason: there === undefined ? `there is no cluster ${name}` : `its state is ${there.state}`,
      },
    ];
  const { state: _state, ...known } = there;
  const changes = diffFields(known, fields, { ignoresCase: (field) => field === 'size' });
  return changes.length === 0
    ? []
    : [{ kind: 'ensure-cluster', cluster: name, changes, reason: 'it differs from what is desired' }];
}

function assetSteps({ deployment }: DesiredBatch, actual: ActualBatch): BatchStep[] {
  const { model, environment } = deployment;
  const steps: BatchStep[] = [];
  if (model.kind === 'package' && findModel(model, actual.models) === undefined)
    steps.push({
      kind: 'register-model',
      name: model.name,
      contentHash: model.contentHash,
      reason: `no version of ${model.name} has this content`,
    });
  if (environment.kind === 'image' && findEnvironment(environment, actual.environments) === undefined)
    steps.push({
      kind: 'create-environment',
      name: environment.name,
      image: environment.image,
      reason: `no version of ${environment.name} has this image`,
    });
  return steps;
}

function endpointSteps({ endpoint }: DesiredBatch, { endpoint: there }: ActualBatch): BatchStep[] {
  const { name, description, tags } = endpoint;
  const fields = { description, tags };
  if (there === undefined || phaseOf(there.state) === 'failed')
    return [
      {
        kind: 'create-endpoint',
        endpoint: name,
        changes: diffFields({}, fields),
        reason: there === undefined ? `there is no batch endpoint ${name}` : `its state is ${there.state}`,
      },
    ];
  const changes = diffFields({ description: there.description, tags: there.tags }, fields);
  return changes.length === 0
    ? []
    : [{ kind: 'update-endpoint', endpoint: name, changes, reason: 'it differs from what is desired' }];
}

/** What a step does, in one line and the imperative. */
export function describeBatchStep(step: BatchStep): string {
  switch (step.kind) {
    case 'ensure-cluster':
      return `create or update cluster ${step.cluster}`;
    case 'register-model':
      return `upload and register model ${step.name}`;
    case 'create-environment':
      return `create environment ${step.name} with image ${step.image}`;
    case 'create-endpoint':
      return `create batch endpoint ${step.endpoint}`;
    case 'update-endpoint':
      return `update batch endpoint ${step.endpoint}`;
    case 'create-deployment':
      return `create deployment ${step.deployment}`;
    case 'await-deployment':
      return `wait for deployment ${step.deployment}`;
    case 'set-default':
      return `make ${step.deployment} the default deployment`;
    case 'remove-deployment':
      return `remove deployment ${step.deployment}`;
    default:
      return step satisfies never;
  }
}
