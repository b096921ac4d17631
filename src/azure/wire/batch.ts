import type { TrackedResource } from './resource.ts';

/** Batch endpoints and deployments, components and clusters on the wire. Members that are not named here exist and survive a write. */

export interface BatchEndpointProperties {
  readonly authMode: string;
  readonly description?: string | null;
  readonly properties?: Readonly<Record<string, string>> | null;
  readonly defaults?: { readonly deploymentName?: string | null } | null;
  // Read only:
  readonly provisioningState?: string | null;
  readonly scoringUri?: string | null;
  readonly swaggerUri?: string | null;
}

export type BatchEndpointResource = TrackedResource<BatchEndpointProperties>;

export interface BatchEndpointBody {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: BatchEndpointProperties;
}

export interface BatchDeploymentProperties {
  readonly description?: string | null;
  readonly properties?: Readonly<Record<string, string>> | null;
  readonly model?: { readonly referenceType: 'Id'; readonly assetId: string } | null;
  /** ARM id of a cluster. */
  readonly compute?: string | null;
  readonly resources?: { readonly instanceCount?: number | null } | null;
  readonly maxConcurrencyPerInstance?: number | null;
  readonly miniBatchSize?: number | null;
  readonly errorThreshold?: number | null;
  /** `timeout` is an ISO 8601 duration. */
  readonly retrySettings?: { readonly maxRetries?: number | null; readonly timeout?: string | null } | null;
  readonly loggingLevel?: string | null;
  readonly outputAction?: string | null;
  readonly outputFileName?: string | null;
  readonly environmentId?: string | null;
  readonly environmentVariables?: Readonly<Record<string, string>> | null;
  readonly deploymentConfiguration?: {
    readonly deploymentConfigurationType: 'PipelineComponent';
    readonly componentId?: { readonly referenceType: 'Id'; readonly assetId: string } | null;
    readonly settings?: Readonly<Record<string, unknown>> | null;
  } | null;
  // Read only:
  readonly provisioningState?: string | null;
}

export type BatchDeploymentResource = TrackedResource<BatchDeploymentProperties>;

export interface BatchDeploymentBody {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties: BatchDeploymentProperties;
}

export interface BatchJobInput {
  readonly jobInputType: 'UriFolder' | 'UriFile' | 'MLTable';
  readonly uri: string;
}

/** Answer to an invocation: the job as it begins. */
export interface BatchJobResource {
  readonly name: string;
  readonly id?: string | null;
  readonly properties?: {
    readonly status?: string | null;
    readonly tags?: Readonly<Record<string, string>> | null;
  } | null;
}

export interface ComputeProperties {
  readonly computeType: string;
  readonly provisioningState?: string | null;
  /** Of an AmlCompute. */
  readonly properties?: {
    readonly vmSize?: string | null;
    readonly scaleSettings?: {
      readonly minNodeCount?: number | null;
      readonly maxNodeCount: number;
      readonly nodeIdleTimeBeforeScaleDown?: string | null;
    } | null;
    readonly [member: string]: unknown;
  } | null;
  readonly [member: string]: unknown;
}

export type ComputeResource = TrackedResource<ComputeProperties & { readonly properties?: object | null }>;

export interface ComputeBody {
  readonly location: string;
  readonly properties: ComputeProperties;
}
