/** What is to be: one endpoint with one deployment, with every default filled in. */

export interface DesiredProbe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

export interface DesiredRequestSettings {
  readonly requestTimeoutMs?: number;
  readonly maxConcurrentRequestsPerInstance?: number;
  readonly maxQueueWaitMs?: number;
}

export interface Route {
  readonly path: string;
  readonly port: number;
}

export interface InferenceRoutes {
  readonly livenessRoute: Route;
  readonly readinessRoute: Route;
  readonly scoringRoute: Route;
}

export type DesiredModel =
  /** A package directory: registered under `name` unless a version of it has this content already. */
  | { readonly kind: 'package'; readonly name: string; readonly contentHash: string }
  /** Registered: an ARM id or `azureml://registries/…`, version included. */
  | { readonly kind: 'reference'; readonly id: string };

export type DesiredEnvironment =
  /** An image: made a version of environment `name` unless one is like it already. */
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly image: string;
      readonly routes: InferenceRoutes;
    }
  | { readonly kind: 'reference'; readonly id: string }
  /** An MLflow model brings its own. */
  | { readonly kind: 'none' };

export interface DesiredEndpoint {
  readonly name: string;
  /** Absent: what the endpoint has, `Key` for a new one. */
  readonly authMode?: 'Key' | 'AMLToken' | 'AADToken';
  readonly description?: string;
  /** At least these. */
  readonly tags: Readonly<Record<string, string>>;
  readonly publicNetworkAccess?: 'Enabled' | 'Disabled';
}

export interface DesiredDeployment {
  /** The name that the user gave it; revisions of it are named after it. */
  readonly baseName?: string;
  readonly model?: DesiredModel;
  readonly environment: DesiredEnvironment;
  readonly instanceType: string;
  readonly instanceCount: number;
  readonly requestSettings: DesiredRequestSettings;
  readonly livenessProbe: DesiredProbe;
  readonly readinessProbe: DesiredProbe;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly appInsightsEnabled: boolean;
  readonly modelMountPath?: string;
  readonly egressPublicNetworkAccess?: 'Enabled' | 'Disabled';
  readonly description?: string;
  /** At least these. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface DesiredOnline {
  readonly endpoint: DesiredEndpoint;
  readonly deployment: DesiredDeployment;
  /** SHA-256 (hex) of {@link revisionSpecification}'s text. */
  readonly specHash: string;
}

/**
 * The text that tells one revision from another: what cannot be changed in place. Instance count, tags and description
 * are left out: a change of those is made to the revision that runs. Keys are sorted, so that equal means equal.
 */
export function revisionSpecification(deployment: DesiredDeployment): string {
  const { model, environment, instanceType, requestSettings, livenessProbe, readinessProbe } = deployment;
  return canonicalJson({
    model,
    environment,
    instanceType: instanceType.toLowerCase(),
    requestSettings,
    livenessProbe,
    readinessProbe,
    environmentVariables: deployment.environmentVariables,
    appInsightsEnabled: deployment.appInsightsEnabled,
    modelMountPath: deployment.modelMountPath,
    egressPublicNetworkAccess: deployment.egressPublicNetworkAccess,
  });
}

/** JSON with sorted keys; members that are undefined are left out. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
