import type { ProvisioningState } from '../provisioning-state.ts';

/** What the twin keeps of batch endpoints and their deployments. */

export interface BatchEndpointRecord {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly identityType: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, string>>;
  /** As it was given; null where there is none. */
  readonly defaultDeployment: string | null;
  readonly provisioningState: ProvisioningState;
  readonly operationId: string;
  readonly createdOnce: boolean;
}

/** A scoring model on a cluster. */
export interface ModelBatchSpec {
  readonly kind: 'model';
  readonly modelId: string;
  readonly compute: string | null;
  readonly environmentId: string | null;
  readonly codeConfiguration: { readonly codeId: string; readonly scoringScript: string } | null;
  readonly environmentVariables: Readonly<Record<string, string>>;
}

/** A component that is run as a pipeline job of one step. */
export interface ComponentBatchSpec {
  readonly kind: 'component';
  readonly componentId: string;
  /** As it came: texts and booleans. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface BatchDeploymentRecord {
  readonly endpointName: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly spec: ModelBatchSpec | ComponentBatchSpec;
  readonly instanceCount: number;
  readonly miniBatchSize: number;
  readonly maxConcurrencyPerInstance: number;
  readonly errorThreshold: number;
  readonly maxRetries: number;
  readonly retryTimeoutMs: number;
  readonly loggingLevel: 'Info' | 'Warning' | 'Debug';
  readonly outputAction: 'AppendRow' | 'SummaryOnly';
  readonly outputFileName: string;
  readonly provisioningState: ProvisioningState;
  readonly operationId: string;
}
