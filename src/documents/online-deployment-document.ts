import type { PublicNetworkAccess } from './online-endpoint-document.ts';

/** A route of a custom container. */
export interface InferenceRoute {
  readonly port: number;
  readonly path: string;
}

export interface InferenceConfig {
  readonly livenessRoute: InferenceRoute;
  readonly readinessRoute: InferenceRoute;
  readonly scoringRoute: InferenceRoute;
}

/** A model given inside the deployment; a reference (`azureml:deit:1`, `azureml://registries/…`) is a plain string. */
export interface InlineModel {
  readonly name?: string;
  readonly version?: string;
  /** Absolute, or a URI (`azureml://…`, `https://…`): a relative path is resolved against the document's folder. */
  readonly path: string;
  readonly type?: 'custom_model' | 'mlflow_model' | 'triton_model';
}

/** An environment given inside the deployment: a prebuilt image and where it answers. */
export interface InlineEnvironment {
  readonly name?: string;
  readonly version?: string;
  readonly image: string;
  readonly inferenceConfig: InferenceConfig;
}

export interface RequestSettings {
  /** 1 to 180000. */
  readonly requestTimeoutMs?: number;
  readonly maxConcurrentRequestsPerInstance?: number;
  /** Deprecated by the service, still accepted. */
  readonly maxQueueWaitMs?: number;
}

/** Times in whole seconds. What is left out is the service's default (10, 10, 2, 1, 30). */
export interface ProbeSettings {
  readonly initialDelay?: number;
  readonly period?: number;
  readonly timeout?: number;
  /** A liveness probe has 1 and nothing else. */
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

/** A managed online deployment's YAML, checked, with the service's defaults and spelling of enums. */
export interface OnlineDeploymentDocument {
  /** Same rule as an endpoint's name. */
  readonly name?: string;
  readonly endpointName?: string;
  readonly description?: string;
  /** Values as text, as the service keeps them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly model?: string | InlineModel;
  readonly modelMountPath?: string;
  readonly environment?: string | InlineEnvironment;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** As the document spells it: whether the size exists and suits is the SKU check's question. */
  readonly instanceType: string;
  /** 1 when the document does not say. */
  readonly instanceCount: number;
  readonly appInsightsEnabled: boolean;
  readonly requestSettings?: RequestSettings;
  readonly livenessProbe?: ProbeSettings;
  readonly readinessProbe?: ProbeSettings;
  readonly scaleSettings?: { readonly scaleType: 'Default' };
  readonly egressPublicNetworkAccess?: PublicNetworkAccess;
}

/** Values that win over the file's: what a command line or a caller supplies. */
export type OnlineDeploymentOverrides = Partial<OnlineDeploymentDocument>;
