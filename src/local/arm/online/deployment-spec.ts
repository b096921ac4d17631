import { notBuilt, userError } from '../../http/service-error.ts';
import { formatDuration, parseDurationMs } from '../../http/duration.ts';
import type { TwinServices } from '../../services.ts';
import { isManagedOnlineSize } from './managed-online-sizes.ts';
import type { DeploymentSpec, ProbeRecord } from './records.ts';
import { parseCodeReference, parseEnvironmentReference, parseModelReference } from '../resource-ids.ts';
import { registryName } from '../registry/registry-scope.ts';

export interface DeploymentBody {
  readonly location: string;
  readonly tags?: unknown;
  readonly sku: { readonly name?: string | null; readonly capacity?: number | null };
  readonly properties: {
    readonly instanceType: string;
    readonly model?: string | null;
    readonly modelMountPath?: string | null;
    readonly environmentId?: string | null;
    readonly environmentVariables?: Readonly<Record<string, string | null>> | null;
    readonly codeConfiguration?: { readonly codeId?: string | null; readonly scoringScript: string } | null;
    readonly description?: string | null;
    readonly properties?: unknown;
    readonly appInsightsEnabled?: boolean | null;
    readonly egressPublicNetworkAccess?: string | null;
    readonly dataCollector?: unknown;
    readonly requestSettings?: {
      readonly requestTimeout?: string | null;
      readonly maxConcurrentRequestsPerInstance?: number | null;
      readonly maxQueueWait?: string | null;
    } | null;
    readonly livenessProbe?: ProbeBody | null;
    readonly readinessProbe?: ProbeBody | null;
  };
}

interface ProbeBody {
  readonly initialDelay?: string | null;
  readonly period?: string | null;
  readonly timeout?: string | null;
  readonly successThreshold?: number | null;
  readonly failureThreshold?: number | null;
}

const ms = (text: string | null | undefined, fallback: number): number =>
  text === null || text === undefined ? fallback : (parseDurationMs(text) ?? fallback);

function probeOf(body: ProbeBody | null | undefined): ProbeRecord {
  return {
    initialDelayMs: ms(body?.initialDelay, 10_000),
    periodMs: ms(body?.period, 10_000),
    timeoutMs: ms(body?.timeout, 2000),
    successThreshold: body?.successThreshold ?? 1,
    failureThreshold: body?.failureThreshold ?? 30,
  };
}

export function probeDocument(probe: ProbeRecord): object {
  return {
    initialDelay: formatDuration(probe.initialDelayMs),
    period: formatDuration(probe.periodMs),
    timeout: formatDuration(probe.timeoutMs),
    successThreshold: probe.successThreshold,
    failureThreshold: probe.failureThreshold,
  };
}

/** The body's shape is checked already; here is what the service checks against what exists. */
export function deploymentSpec(body: DeploymentBody, services: TwinServices): DeploymentSpec {
  const { properties } = body;
  if (!isManagedOnlineSize(properties.instanceType))
    throw userError(
      `The instance type "${properties.instanceType}" is not supported for managed online deployments.`,
      [{ code: 'InvalidInstanceType', message: `"${properties.instanceType}" is not on the list of sizes.` }],
    );
  if (body.sku.capacity === null || body.sku.capacity === undefined)
    throw userError('sku.capacity is required: it is the number of instances.');
  const model = properties.model ?? null;
  if (model !== null) checkModel(model, services);
  const environmentId = properties.environmentId ?? null;
  if (environmentId === null) checkWithoutEnvironment(model, services);
  else checkEnvironment(environmentId, services);
  const codeConfiguration = codeOf(properties.codeConfiguration, services);
  return {
    model,
    environmentId,
    environmentVariables: Object.fromEntries(
      Object.entries(properties.environmentVariables ?? {}).map(([name, value]) => [name, value ?? '']),
    ),
    instanceType: properties.instanceType,
    instanceCount: body.sku.capacity,
    requestTimeoutMs: ms(properties.requestSettings?.requestTimeout, 5000) || 5000,
    maxQueueWaitMs: ms(properties.requestSettings?.maxQueueWait, 500),
    maxConcurrentRequestsPerInstance: properties.requestSettings?.maxConcurrentRequestsPerInstance ?? 1,
    liveness: probeOf(properties.livenessProbe),
    readiness: probeOf(properties.readinessProbe),
    modelMountPath: properties.modelMountPath ?? null,
    ...(codeConfiguration === undefined ? {} : { codeConfiguration }),
  };
}

/** Kept and given back; the one image that the twin runs brings its own code. */
function codeOf(
  given: DeploymentBody['properties']['codeConfiguration'],
  services: TwinServices,
): DeploymentSpec['codeConfiguration'] {
  if (given === null || given === undefined) return undefined;
  const codeId = given.codeId ?? null;
  const reference = codeId === null ? undefined : parseCodeReference(services.identity, codeId);
  const known =
    reference !== undefined &&
    services.tables.codeVersions.get(reference.name, reference.version) !== undefined;
  if (codeId !== null && !known)
    throw userError(`The code asset "${codeId}" was not found.`, [
      { code: 'CodeNotFound', message: 'Expected the id of a code version of this workspace.' },
    ]);
  return { codeId, scoringScript: given.scoringScript };
}

function checkModel(id: string, services: TwinServices): void {
  const reference = parseModelReference(services.identity, id);
  if (reference === undefined)
    throw userError(`The model reference "${id}" is neither a model of this workspace nor of a registry.`, [
      {
        code: 'InvalidModelReference',
        message: 'Expected an ARM id or azureml://registries/{registry}/models/….',
      },
    ]);
  const found =
    reference.source === 'workspace'
      ? services.tables.modelVersions.get(reference.name, reference.version) !== undefined
      : reference.registry.toLowerCase() === registryName &&
        services.tables.registryModels.get(reference.name, reference.version) !== undefined;
  if (!found)
    throw userError(`The model "${id}" was not found.`, [
      {
        code: 'ModelNotFound',
        message: `Model ${reference.name} with version ${reference.version} not found.`,
      },
    ]);
}

function checkEnvironment(id: string, services: TwinServices): void {
  const reference = parseEnvironmentReference(services.identity, id);
  const environment =
    reference === undefined
      ? undefined
      : services.tables.environmentVersions.get(reference.name, reference.version);
  if (environment === undefined)
    throw userError(`The environment "${id}" was not found.`, [
      { code: 'EnvironmentNotFound', message: `Environment ${id} not found in this workspace.` },
    ]);
  if (environment.body.condaFile !== '' && environment.body.inferenceConfig === null)
    throw notBuilt(`The build of an environment from an image and a conda file (${id})`);
  if (environment.body.inferenceConfig === null)
    throw userError(`The environment "${id}" has no inference configuration.`, [
      {
        code: 'InferenceConfigMissing',
        message: 'A custom image needs liveness, readiness and scoring routes.',
      },
    ]);
}

/** Only an MLflow model brings its own environment; of those the twin knows the registry's. */
function checkWithoutEnvironment(model: string | null, services: TwinServices): void {
  const reference = model === null ? undefined : parseModelReference(services.identity, model);
  if (reference?.source !== 'registry')
    throw userError('properties.environmentId is required for a model that is not an MLflow model.', [
      { code: 'EnvironmentMissing', message: 'No environment was given.' },
    ]);
}

/** Two specs that differ in the number of instances only need no new processes for those that run. */
export function sameExceptCount(a: DeploymentSpec, b: DeploymentSpec): boolean {
  return JSON.stringify({ ...a, instanceCount: 0 }) === JSON.stringify({ ...b, instanceCount: 0 });
}
