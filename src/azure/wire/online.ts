import type { ArmSku, ManagedIdentity, TrackedResource } from './resource.ts';

/** Online endpoints and deployments on the wire. Members that are not named here exist and must survive a write. */

export type OnlineAuthMode = 'Key' | 'AMLToken' | 'AADToken';
export type PublicNetworkAccess = 'Enabled' | 'Disabled';
export type EndpointProvisioningState =
  'Creating' | 'Updating' | 'Deleting' | 'Succeeded' | 'Failed' | 'Canceled';
export type DeploymentProvisioningState = EndpointProvisioningState | 'Scaling';

export interface OnlineEndpointProperties {
  readonly authMode: OnlineAuthMode;
  readonly description?: string | null;
  /** The service adds `azureml.onlineendpointid` and `AzureAsyncOperationUri`. */
  readonly properties?: Readonly<Record<string, string>> | null;
  /** Deployment name → percent. A write without it sets all weights to zero. */
  readonly traffic?: Readonly<Record<string, number>> | null;
  readonly mirrorTraffic?: Readonly<Record<string, number>> | null;
  readonly publicNetworkAccess?: PublicNetworkAccess | null;
  readonly compute?: string | null;
  // Read only:
  readonly provisioningState?: EndpointProvisioningState | null;
  readonly scoringUri?: string | null;
  readonly swaggerUri?: string | null;
}

export type OnlineEndpointResource = TrackedResource<OnlineEndpointProperties>;

export interface OnlineEndpointBody {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: ManagedIdentity;
  readonly kind?: string;
  readonly properties: OnlineEndpointProperties;
}

/** ISO 8601 durations; the service echoes `PT0S` where none was given. */
export interface RequestSettings {
  readonly requestTimeout?: string | null;
  readonly maxConcurrentRequestsPerInstance?: number | null;
  readonly maxQueueWait?: string | null;
}

export interface ProbeSettings {
  readonly initialDelay?: string | null;
  readonly period?: string | null;
  readonly timeout?: string | null;
  readonly successThreshold?: number | null;
  readonly failureThreshold?: number | null;
}

export interface OnlineDeploymentProperties {
  readonly endpointComputeType: 'Managed' | 'Kubernetes';
  readonly description?: string | null;
  readonly properties?: Readonly<Record<string, string>> | null;
  /** ARM id or `azureml://registries/…`. */
  readonly model?: string | null;
  readonly modelMountPath?: string | null;
  readonly environmentId?: string | null;
  readonly environmentVariables?: Readonly<Record<string, string>> | null;
  readonly codeConfiguration?: {
    readonly codeId?: string | null;
    readonly scoringScript: string;
  } | null;
  readonly instanceType?: string | null;
  readonly appInsightsEnabled?: boolean | null;
  readonly egressPublicNetworkAccess?: PublicNetworkAccess | null;
  readonly privateNetworkConnection?: boolean | null;
  readonly scaleSettings?: { readonly scaleType: string } | null;
  readonly requestSettings?: RequestSettings | null;
  readonly livenessProbe?: ProbeSettings | null;
  readonly readinessProbe?: ProbeSettings | null;
  readonly startupProbe?: ProbeSettings | null;
  readonly dataCollector?: object | null;
  // Read only:
  readonly provisioningState?: DeploymentProvisioningState | null;
}

export type OnlineDeploymentResource = TrackedResource<OnlineDeploymentProperties>;

export interface OnlineDeploymentBody {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: ManagedIdentity;
  readonly kind?: string;
  /** The instance count is `capacity`; the name is always `Default`. */
  readonly sku: ArmSku;
  readonly properties: OnlineDeploymentProperties;
}

/** What PATCH takes; PATCH of an endpoint takes only tags and identity. */
export interface OnlineDeploymentPatch {
  readonly tags?: Readonly<Record<string, string>>;
  readonly sku?: Partial<ArmSku>;
}

export interface EndpointKeys {
  readonly primaryKey?: string | null;
  readonly secondaryKey?: string | null;
}

export interface EndpointToken {
  readonly accessToken: string;
  readonly tokenType?: string;
  /** Epoch seconds. */
  readonly expiryTimeUtc?: number;
  readonly refreshAfterTimeUtc?: number;
}

export interface RegenerateKeysRequest {
  readonly keyType: 'Primary' | 'Secondary';
  /** Absent: the service makes one. */
  readonly keyValue?: string;
}

export type ContainerType = 'InferenceServer' | 'StorageInitializer';

export interface GetLogsRequest {
  readonly containerType?: ContainerType;
  readonly tail?: number;
}

export interface GetLogsResponse {
  readonly content?: string | null;
}
