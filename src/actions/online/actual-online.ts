import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { EnvironmentVersionResource, ModelVersionResource } from '../../azure/wire/assets.ts';
import type {
  OnlineDeploymentResource,
  OnlineEndpointResource,
  ProbeSettings,
  RequestSettings,
} from '../../azure/wire/online.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { parseIsoDuration } from '../../rollout/index.ts';
import type {
  ActualDeployment,
  ActualEndpoint,
  ActualEnvironment,
  ActualModel,
  ActualOnline,
  DesiredOnline,
  DesiredProbe,
  DesiredRequestSettings,
} from '../../rollout/index.ts';
import { assetTags, isOwnTag } from './asset-tags.ts';
import { parseAssetId } from './asset-reference.ts';

/** What the service has of all that the desired state touches. Waits for an endpoint that is being changed. */
export async function readActualOnline(
  aml: AzureMl,
  desired: DesiredOnline,
  call: CallOptions,
): Promise<ActualOnline> {
  const endpoint = await settledEndpoint(aml, desired.endpoint.name, call);
  const resources = endpoint === undefined ? [] : await aml.onlineDeployments.list(endpoint.name, call);
  const deployments = resources.map(actualDeployment);
  const { model, environment } = desired.deployment;

  const models = new Map<string, ActualModel>();
  if (model?.kind === 'package') {
    for (const version of await aml.models.list(model.name, call))
      models.set(version.id, actualModel(version));
  }
  const environments = new Map<string, ActualEnvironment>();
  if (environment.kind === 'image') {
    for (const version of await aml.environments.list(environment.name, call)) {
      environments.set(version.id, actualEnvironment(version));
    }
  }
  for (const deployment of deployments) {
    await addUsed(deployment.modelId, 'models', models, async (name, version) => {
      const found = await aml.models.get(name, version, call);
      return found === undefined ? undefined : actualModel(found);
    });
    await addUsed(deployment.environmentId, 'environments', environments, async (name, version) => {
      const found = await aml.environments.get(name, version, call);
      return found === undefined ? undefined : actualEnvironment(found);
    });
  }
  return {
    ...(endpoint === undefined ? {} : { endpoint: actualEndpoint(endpoint) }),
    deployments,
    models: [...models.values()],
    environments: [...environments.values()],
  };
}

/** One that ended as Failed is a state too, and the plan knows what to do about it. */
async function settledEndpoint(
  aml: AzureMl,
  name: string,
  call: CallOptions,
): Promise<OnlineEndpointResource | undefined> {
  try {
    return await aml.onlineEndpoints.waitUntilSettled(name, call);
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'OPERATION_FAILED')
      return await aml.onlineEndpoints.get(name, call);
    throw error;
  }
}

/** Reads what a deployment uses, unless it was listed already. */
async function addUsed<Asset extends { readonly id: string }>(
  id: string | undefined,
  kind: 'models' | 'environments',
  known: Map<string, Asset>,
  read: (name: string, version: string) => Promise<Asset | undefined>,
): Promise<void> {
  const parsed = parseAssetId(id, kind);
  if (id === undefined || parsed === undefined) return;
  const isKnown = [...known.keys()].some((knownId) => knownId.toLowerCase() === id.toLowerCase());
  if (isKnown) return;
  const asset = await read(parsed.name, parsed.version);
  if (asset !== undefined) known.set(asset.id, asset);
}

export function actualEndpoint(resource: OnlineEndpointResource): ActualEndpoint {
  const { properties } = resource;
  return {
    name: resource.name,
    state: properties.provisioningState ?? 'Succeeded',
    authMode: properties.authMode,
    tags: withoutOwnTags(resource.tags),
    traffic: properties.traffic ?? {},
    mirrorTraffic: properties.mirrorTraffic ?? {},
    ...present('description', properties.description),
    ...present('publicNetworkAccess', properties.publicNetworkAccess),
  };
}

export function actualDeployment(resource: OnlineDeploymentResource): ActualDeployment {
  const { properties } = resource;
  return {
    name: resource.name,
    state: properties.provisioningState ?? 'Succeeded',
    requestSettings: actualRequestSettings(properties.requestSettings),
    livenessProbe: actualProbe(properties.livenessProbe),
    readinessProbe: actualProbe(properties.readinessProbe),
    environmentVariables: properties.environmentVariables ?? {},
    appInsightsEnabled: properties.appInsightsEnabled ?? false,
    tags: withoutOwnTags(resource.tags),
    ...present('specHash', resource.tags?.[assetTags.specification]),
    ...present('modelId', properties.model),
    ...present('environmentId', properties.environmentId),
    ...present('instanceType', properties.instanceType),
    ...present('instanceCount', resource.sku?.capacity),
    ...present('modelMountPath', properties.modelMountPath),
    ...present('egressPublicNetworkAccess', properties.egressPublicNetworkAccess),
    ...present('description', properties.description),
  };
}

/** `{name: value}` unless the service has nothing there. */
function present<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [key in Name]?: Value } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value });
}

function withoutOwnTags(tags: Readonly<Record<string, string>> | null | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(tags ?? {}).filter(([name]) => !isOwnTag(name)));
}

function duration<Name extends string>(name: Name, text: string | null | undefined, divisor: number) {
  const ms = typeof text === 'string' ? parseIsoDuration(text) : undefined;
  return present(name, ms === undefined ? undefined : ms / divisor);
}

function actualRequestSettings(settings: RequestSettings | null | undefined): DesiredRequestSettings {
  return {
    ...duration('requestTimeoutMs', settings?.requestTimeout, 1),
    ...present('maxConcurrentRequestsPerInstance', settings?.maxConcurrentRequestsPerInstance),
    ...duration('maxQueueWaitMs', settings?.maxQueueWait, 1),
  };
}

function actualProbe(probe: ProbeSettings | null | undefined): DesiredProbe {
  return {
    ...duration('initialDelaySeconds', probe?.initialDelay, 1000),
    ...duration('periodSeconds', probe?.period, 1000),
    ...duration('timeoutSeconds', probe?.timeout, 1000),
    ...present('successThreshold', probe?.successThreshold),
    ...present('failureThreshold', probe?.failureThreshold),
  };
}

export function actualModel(resource: ModelVersionResource): ActualModel {
  const parsed = parseAssetId(resource.id, 'models');
  return {
    id: resource.id,
    name: parsed?.name ?? '',
    version: parsed?.version ?? resource.name,
    ...present('contentHash', resource.properties.tags?.[assetTags.modelContent]),
  };
}

export function actualEnvironment(resource: EnvironmentVersionResource): ActualEnvironment {
  const parsed = parseAssetId(resource.id, 'environments');
  return {
    id: resource.id,
    name: parsed?.name ?? '',
    version: parsed?.version ?? resource.name,
    ...present('image', resource.properties.image),
    ...present('routes', resource.properties.inferenceConfig),
  };
}
