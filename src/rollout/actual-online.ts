import type { DesiredProbe, DesiredRequestSettings, InferenceRoutes } from './desired-online.ts';
import type { Traffic } from './traffic.ts';

/** What is, as far as a plan needs it: read from the service, durations as numbers, absent as absent. */

export interface ActualEndpoint {
  readonly name: string;
  readonly state: string;
  readonly authMode: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly publicNetworkAccess?: string;
  readonly traffic: Traffic;
  readonly mirrorTraffic: Traffic;
}

export interface ActualDeployment {
  readonly name: string;
  readonly state: string;
  /** From its tag: made by aml-deit when it is there. */
  readonly specHash?: string;
  readonly modelId?: string;
  readonly environmentId?: string;
  readonly instanceType?: string;
  readonly instanceCount?: number;
  readonly requestSettings: DesiredRequestSettings;
  readonly livenessProbe: DesiredProbe;
  readonly readinessProbe: DesiredProbe;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly appInsightsEnabled: boolean;
  readonly modelMountPath?: string;
  readonly egressPublicNetworkAccess?: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A registered version of the model that is to be deployed. */
export interface ActualModel {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly contentHash?: string;
}

export interface ActualEnvironment {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly image?: string;
  readonly routes?: InferenceRoutes;
}

export interface ActualOnline {
  readonly endpoint?: ActualEndpoint;
  readonly deployments: readonly ActualDeployment[];
  /** Versions of the desired model's name, and those that deployments use. */
  readonly models: readonly ActualModel[];
  /** The same of environments. */
  readonly environments: readonly ActualEnvironment[];
}

export type DeploymentPhase = 'ready' | 'failed' | 'deleting' | 'in-progress';

/** The service's provisioning states as what they mean for a plan; a word that nobody knows is work in progress. */
export function phaseOf(state: string): DeploymentPhase {
  switch (state.toLowerCase()) {
    case 'succeeded':
      return 'ready';
    case 'failed':
    case 'canceled':
    case 'cancelled':
      return 'failed';
    case 'deleting':
      return 'deleting';
    default:
      return 'in-progress';
  }
}
