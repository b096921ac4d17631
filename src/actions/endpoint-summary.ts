import type { OnlineDeploymentResource, OnlineEndpointResource } from '../azure/wire/online.ts';

/** Deployment name → percent. */
export type Traffic = Readonly<Record<string, number>>;

export interface DeploymentSummary {
  readonly name: string;
  readonly state: string;
  readonly trafficPercent: number;
  readonly instanceType: string | undefined;
  readonly instanceCount: number | undefined;
  readonly model: string | undefined;
  readonly environment: string | undefined;
}

export interface EndpointSummary {
  readonly name: string;
  readonly state: string;
  readonly authMode: string;
  readonly scoringUri: string | undefined;
  /** Deployment name → percent; sums to 0 or 100. */
  readonly traffic: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface EndpointDetails extends EndpointSummary {
  readonly deployments: readonly DeploymentSummary[];
}

export function summarizeEndpoint(endpoint: OnlineEndpointResource): EndpointSummary {
  return {
    name: endpoint.name,
    state: endpoint.properties.provisioningState ?? 'Unknown',
    authMode: endpoint.properties.authMode,
    scoringUri: endpoint.properties.scoringUri ?? undefined,
    traffic: withoutZeros(endpoint.properties.traffic ?? {}),
    tags: endpoint.tags ?? {},
  };
}

export function summarizeDeployment(
  deployment: OnlineDeploymentResource,
  trafficPercent: number,
): DeploymentSummary {
  const { properties } = deployment;
  return {
    name: deployment.name,
    state: properties.provisioningState ?? 'Unknown',
    trafficPercent,
    instanceType: properties.instanceType ?? undefined,
    instanceCount: deployment.sku?.capacity ?? undefined,
    model: properties.model ?? undefined,
    environment: properties.environmentId ?? undefined,
  };
}

export function withoutZeros(traffic: Traffic): Traffic {
  return Object.fromEntries(Object.entries(traffic).filter(([, percent]) => percent !== 0));
}
