import type { ArmResource } from './resource.ts';

/** Workspace, datastores, models and environments on the wire. */

export interface WorkspaceProperties {
  readonly workspaceId?: string | null;
  readonly discoveryUrl?: string | null;
  readonly mlFlowTrackingUri?: string | null;
  readonly containerRegistry?: string | null;
  readonly storageAccount?: string | null;
  readonly systemDatastoresAuthMode?: string | null;
  readonly v1LegacyMode?: boolean | null;
}

export interface WorkspaceResource extends ArmResource<WorkspaceProperties> {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>> | null;
}

export interface AzureBlobDatastoreProperties {
  readonly datastoreType: 'AzureBlob';
  readonly accountName: string;
  readonly containerName: string;
  readonly endpoint?: string | null;
  readonly protocol?: string | null;
  readonly isDefault?: boolean | null;
  readonly credentials: { readonly credentialsType: 'AccountKey' | 'Sas' | 'None' };
}

export type DatastoreSecrets =
  | { readonly secretsType: 'Sas'; readonly sasToken: string }
  | { readonly secretsType: 'AccountKey'; readonly key: string };

export interface AssetVersionProperties {
  readonly description?: string | null;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly properties?: Readonly<Record<string, string>> | null;
  readonly isAnonymous?: boolean | null;
  readonly isArchived?: boolean | null;
  readonly provisioningState?: string | null;
  readonly stage?: string | null;
}

export interface ModelVersionProperties extends AssetVersionProperties {
  readonly modelType?: string | null;
  readonly modelUri?: string | null;
  readonly flavors?: Readonly<Record<string, object>> | null;
  readonly jobName?: string | null;
}

export interface AssetContainerProperties {
  readonly description?: string | null;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly isArchived?: boolean | null;
  readonly latestVersion?: string | null;
  readonly nextVersion?: string | null;
}

export type ModelContainerResource = ArmResource<AssetContainerProperties>;

/** `name` is the version. */
export type ModelVersionResource = ArmResource<ModelVersionProperties>;

export interface DataVersionProperties extends AssetVersionProperties {
  readonly dataType?: string | null;
  readonly dataUri?: string | null;
}

/** `name` is the version. */
export type DataVersionResource = ArmResource<DataVersionProperties>;

export interface InferenceRoute {
  readonly path: string;
  readonly port: number;
}

export interface InferenceConfig {
  readonly livenessRoute: InferenceRoute;
  readonly readinessRoute: InferenceRoute;
  readonly scoringRoute: InferenceRoute;
}

export interface EnvironmentVersionProperties extends AssetVersionProperties {
  readonly image?: string | null;
  readonly build?: { readonly contextUri: string; readonly dockerfilePath?: string | null } | null;
  readonly condaFile?: string | null;
  readonly inferenceConfig?: InferenceConfig | null;
  readonly osType?: string | null;
  readonly environmentType?: string | null;
  readonly autoRebuild?: string | null;
}

export type EnvironmentVersionResource = ArmResource<EnvironmentVersionProperties>;
