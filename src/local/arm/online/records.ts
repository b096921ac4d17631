import type { ProvisioningState } from '../provisioning-state.ts';

/** What the twin keeps of online endpoints: the desired state, without anything that depends on its port. */

export type AuthMode = 'Key' | 'AMLToken' | 'AADToken';

export interface OnlineEndpointRecord {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly identityType: string;
  readonly principalId: string;
  readonly authMode: AuthMode;
  readonly description: string | null;
  readonly properties: Readonly<Record<string, string>>;
  /** Deployment name, lower-case → percent. */
  readonly traffic: Readonly<Record<string, number>>;
  readonly mirrorTraffic: Readonly<Record<string, number>>;
  readonly publicNetworkAccess: string;
  readonly provisioningState: ProvisioningState;
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly operationId: string;
  readonly createdOnce: boolean;
}

export interface ProbeRecord {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** What decides which processes run: two equal specs need no new process. */
export interface DeploymentSpec {
  readonly model: string | null;
  readonly environmentId: string | null;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly instanceType: string;
  readonly instanceCount: number;
  readonly requestTimeoutMs: number;
  readonly maxQueueWaitMs: number;
  readonly maxConcurrentRequestsPerInstance: number;
  readonly liveness: ProbeRecord;
  readonly readiness: ProbeRecord;
  readonly modelMountPath: string | null;
  readonly codeConfiguration?: { readonly codeId: string | null; readonly scoringScript: string };
}

export interface OnlineDeploymentRecord {
  readonly endpointName: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly appInsightsEnabled: boolean;
  readonly egressPublicNetworkAccess: string;
  readonly dataCollector: unknown;
  readonly provisioningState: ProvisioningState;
  readonly spec: DeploymentSpec;
  /** Counts the specs that this deployment had; names the folder of the current one. */
  readonly revision: number;
  /** The newest revision that became healthy: what serves, also after a failed update or a restart. */
  readonly served: { readonly revision: number; readonly spec: DeploymentSpec } | null;
  readonly operationId: string;
}
