import type {
  OnlineDeploymentBody,
  OnlineEndpointBody,
  ProbeSettings,
  RequestSettings,
} from '../../azure/wire/online.ts';
import { formatIsoDuration } from '../../rollout/index.ts';
import type { DesiredOnline, DesiredProbe, DesiredRequestSettings } from '../../rollout/index.ts';
import { assetTags } from './asset-tags.ts';
import type { OnlineDocuments } from './read-documents.ts';

/** A new endpoint: no traffic yet, an identity of its own with which it pulls image and model. */
export function endpointBody(
  desired: DesiredOnline,
  documents: OnlineDocuments,
  location: string,
): OnlineEndpointBody {
  const { endpoint } = desired;
  const document = documents.endpoint;
  const identity = document?.identity;
  return {
    location: document?.location ?? location,
    identity:
      identity === undefined || identity.type === 'SystemAssigned'
        ? { type: 'SystemAssigned' }
        : {
            type: identity.type,
            userAssignedIdentities: Object.fromEntries(identity.userAssignedIdentities.map((id) => [id, {}])),
          },
    tags: { ...endpoint.tags },
    properties: {
      authMode: endpoint.authMode ?? 'Key',
      properties: { ...document?.properties },
      traffic: {},
      mirrorTraffic: {},
      ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
      ...(endpoint.publicNetworkAccess === undefined
        ? {}
        : { publicNetworkAccess: endpoint.publicNetworkAccess }),
    },
  };
}

export interface ResolvedAssets {
  readonly modelId?: string;
  readonly environmentId?: string;
}

export function deploymentBody(
  desired: DesiredOnline,
  documents: OnlineDocuments,
  assets: ResolvedAssets,
  location: string,
): OnlineDeploymentBody {
  const { deployment } = desired;
  return {
    location,
    tags: { ...deployment.tags, [assetTags.specification]: desired.specHash },
    sku: { name: 'Default', capacity: deployment.instanceCount },
    properties: {
      endpointComputeType: 'Managed',
      instanceType: deployment.instanceType,
      environmentVariables: { ...deployment.environmentVariables },
      appInsightsEnabled: deployment.appInsightsEnabled,
      properties: { ...documents.deployment?.properties },
      scaleSettings: { scaleType: 'Default' },
      requestSettings: requestSettings(deployment.requestSettings),
      livenessProbe: probeSettings(deployment.livenessProbe),
      readinessProbe: probeSettings(deployment.readinessProbe),
      ...(assets.modelId === undefined ? {} : { model: assets.modelId }),
      ...(assets.environmentId === undefined ? {} : { environmentId: assets.environmentId }),
      ...(deployment.modelMountPath === undefined ? {} : { modelMountPath: deployment.modelMountPath }),
      ...(deployment.egressPublicNetworkAccess === undefined
        ? {}
        : { egressPublicNetworkAccess: deployment.egressPublicNetworkAccess }),
      ...(deployment.description === undefined ? {} : { description: deployment.description }),
    },
  };
}

function requestSettings(settings: DesiredRequestSettings): RequestSettings {
  const { requestTimeoutMs, maxConcurrentRequestsPerInstance, maxQueueWaitMs } = settings;
  return {
    ...(requestTimeoutMs === undefined ? {} : { requestTimeout: formatIsoDuration(requestTimeoutMs) }),
    ...(maxConcurrentRequestsPerInstance === undefined ? {} : { maxConcurrentRequestsPerInstance }),
    ...(maxQueueWaitMs === undefined ? {} : { maxQueueWait: formatIsoDuration(maxQueueWaitMs) }),
  };
}

function probeSettings(probe: DesiredProbe): ProbeSettings {
  const { initialDelaySeconds, periodSeconds, timeoutSeconds, successThreshold, failureThreshold } = probe;
  const seconds = (value: number): string => formatIsoDuration(value * 1000);
  return {
    ...(initialDelaySeconds === undefined ? {} : { initialDelay: seconds(initialDelaySeconds) }),
    ...(periodSeconds === undefined ? {} : { period: seconds(periodSeconds) }),
    ...(timeoutSeconds === undefined ? {} : { timeout: seconds(timeoutSeconds) }),
    ...(successThreshold === undefined ? {} : { successThreshold }),
    ...(failureThreshold === undefined ? {} : { failureThreshold }),
  };
}
