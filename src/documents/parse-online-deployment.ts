import { dirname, resolve } from 'node:path';
import type { CheckedDocument } from './checked-document.ts';
import { checkSupplied } from './check-supplied.ts';
import type { ParseResult } from './diagnostic.ts';
import type {
  InlineEnvironment,
  InlineModel,
  OnlineDeploymentDocument,
  OnlineDeploymentOverrides,
  ProbeSettings,
  RequestSettings,
} from './online-deployment-document.ts';
import { withoutUndefined } from './without-undefined.ts';

interface RawRoute {
  readonly port: number;
  readonly path: string;
}

interface RawProbe {
  readonly initial_delay?: number;
  readonly period?: number;
  readonly timeout?: number;
  readonly success_threshold?: number;
  readonly failure_threshold?: number;
}

/** The document as its schema and {@link refuseUnsupported} leave it: coerced, checked, keys as in the file. */
interface RawOnlineDeployment {
  readonly name?: string;
  readonly endpoint_name?: string;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly model?: string | InlineModel;
  readonly model_mount_path?: string;
  readonly environment?:
    | string
    | {
        readonly name?: string;
        readonly version?: string | null;
        readonly image: string;
        readonly inference_config: {
          readonly liveness_route: RawRoute;
          readonly readiness_route: RawRoute;
          readonly scoring_route: RawRoute;
        };
      };
  readonly environment_variables?: Readonly<Record<string, string>>;
  readonly instance_type: string;
  readonly instance_count?: number;
  readonly app_insights_enabled?: boolean;
  readonly request_settings?: {
    readonly request_timeout_ms?: number;
    readonly max_concurrent_requests_per_instance?: number;
    readonly max_queue_wait_ms?: number;
  };
  readonly liveness_probe?: RawProbe;
  readonly readiness_probe?: RawProbe;
  readonly scale_settings?: { readonly type?: 'default' };
  readonly egress_public_network_access?: 'enabled' | 'disabled';
}

/**
 * Reads a managed online deployment's YAML as Azure ML's own tools read it, and checks what they leave to the service.
 * `overrides` stand in the place of the file's values; required keys are judged after them. Relative model paths are
 * resolved against the file's folder. The document is absent when a diagnostic is an error; what Azure ML takes and
 * aml-deit does not is an error `not-supported`.
 */
export function parseOnlineDeployment(
  text: string,
  file: string,
  overrides: OnlineDeploymentOverrides = {},
): ParseResult<OnlineDeploymentDocument> {
  const { document, diagnostics } = checkSupplied({
    kind: 'managedOnlineDeployment',
    text,
    file,
    supplied: deploymentToYaml(overrides),
    required: ['instance_type'],
    refuse: refuseUnsupported,
  });
  if (document === undefined) return { diagnostics };
  const raw = document.value as unknown as RawOnlineDeployment;
  return { document: toDocument(raw, file), diagnostics };
}

/** What Azure ML takes and a deployment of ours does not have: better said than left out in silence. */
function refuseUnsupported(document: CheckedDocument): void {
  const refuse = (why: string, ...path: readonly string[]): void => {
    if (document.sound(...path) === undefined) return;
    document.errorAtKey('not-supported', `${path.join('.')} is not supported by aml-deit: ${why}`, ...path);
  };
  const environment = document.sound('environment');
  if (typeof environment === 'string' && environment.startsWith('file:')) {
    refuse('name a registered environment or describe it here', 'environment');
  }
  const lacksRoutes =
    typeof environment === 'object' &&
    environment !== null &&
    Object.hasOwn(environment, 'image') &&
    !Object.hasOwn(environment, 'inference_config');
  if (document.sound('environment', 'os_type') === 'windows') {
    refuse('its containers run on Linux', 'environment', 'os_type');
  }
  refuse('it serves with a container that brings its own server', 'code_configuration');
  refuse('its container collects nothing', 'data_collector');
  refuse('use egress_public_network_access', 'private_network_connection');
  refuse('name an image that is built already', 'environment', 'build');
  refuse('name an image that has all it needs', 'environment', 'conda_file');
  if (lacksRoutes) {
    const message = "environment has an image but no 'inference_config': it says where the container answers";
    document.error('missing-key', message, 'environment');
  }
}

function toDocument(raw: RawOnlineDeployment, file: string): OnlineDeploymentDocument {
  return {
    ...withoutUndefined({
      name: raw.name,
      endpointName: raw.endpoint_name,
      description: raw.description,
      model: typeof raw.model === 'object' ? toModel(raw.model, file) : raw.model,
      modelMountPath: raw.model_mount_path,
      environment: typeof raw.environment === 'object' ? toEnvironment(raw.environment) : raw.environment,
      requestSettings:
        raw.request_settings === undefined ? undefined : toRequestSettings(raw.request_settings),
      livenessProbe: raw.liveness_probe === undefined ? undefined : toProbe(raw.liveness_probe),
      readinessProbe: raw.readiness_probe === undefined ? undefined : toProbe(raw.readiness_probe),
      scaleSettings: raw.scale_settings === undefined ? undefined : ({ scaleType: 'Default' } as const),
      egressPublicNetworkAccess: toAccess(raw.egress_public_network_access),
    }),
    tags: raw.tags ?? {},
    properties: raw.properties ?? {},
    environmentVariables: raw.environment_variables ?? {},
    instanceType: raw.instance_type,
    instanceCount: raw.instance_count ?? 1,
    appInsightsEnabled: raw.app_insights_enabled ?? false,
  };
}

function toAccess(
  raw: RawOnlineDeployment['egress_public_network_access'],
): 'Enabled' | 'Disabled' | undefined {
  if (raw === undefined) return undefined;
  return raw === 'enabled' ? 'Enabled' : 'Disabled';
}

function toModel(raw: InlineModel, file: string): InlineModel {
  // Two letters at least: `C:\models` is a path.
  const isUri = /^[a-z][a-z0-9+.-]+:/i.test(raw.path);
  return {
    ...withoutUndefined({ name: raw.name, version: raw.version, type: raw.type }),
    path: isUri ? raw.path : resolve(dirname(file), raw.path),
  };
}

function toEnvironment(
  raw: Exclude<RawOnlineDeployment['environment'], string | undefined>,
): InlineEnvironment {
  const { liveness_route, readiness_route, scoring_route } = raw.inference_config;
  return {
    ...withoutUndefined({ name: raw.name, version: raw.version ?? undefined }),
    image: raw.image,
    inferenceConfig: {
      livenessRoute: { port: liveness_route.port, path: liveness_route.path },
      readinessRoute: { port: readiness_route.port, path: readiness_route.path },
      scoringRoute: { port: scoring_route.port, path: scoring_route.path },
    },
  };
}

function toRequestSettings(raw: NonNullable<RawOnlineDeployment['request_settings']>): RequestSettings {
  return withoutUndefined({
    // The service takes 0 for left out.
    requestTimeoutMs: raw.request_timeout_ms === 0 ? undefined : raw.request_timeout_ms,
    maxConcurrentRequestsPerInstance: raw.max_concurrent_requests_per_instance,
    maxQueueWaitMs: raw.max_queue_wait_ms,
  });
}

function toProbe(raw: RawProbe): ProbeSettings {
  return withoutUndefined({
    initialDelay: raw.initial_delay,
    period: raw.period,
    timeout: raw.timeout,
    successThreshold: raw.success_threshold,
    failureThreshold: raw.failure_threshold,
  });
}

/** A document, or part of one, with the keys and values that its YAML has. */
export function deploymentToYaml(document: OnlineDeploymentOverrides): Record<string, unknown> {
  const { environment, requestSettings, scaleSettings } = document;
  return withoutUndefined({
    name: document.name,
    endpoint_name: document.endpointName,
    description: document.description,
    tags: document.tags,
    properties: document.properties,
    model: document.model,
    model_mount_path: document.modelMountPath,
    environment: typeof environment === 'object' ? environmentToYaml(environment) : environment,
    environment_variables: document.environmentVariables,
    instance_type: document.instanceType,
    instance_count: document.instanceCount,
    app_insights_enabled: document.appInsightsEnabled,
    request_settings:
      requestSettings === undefined
        ? undefined
        : withoutUndefined({
            request_timeout_ms: requestSettings.requestTimeoutMs,
            max_concurrent_requests_per_instance: requestSettings.maxConcurrentRequestsPerInstance,
            max_queue_wait_ms: requestSettings.maxQueueWaitMs,
          }),
    liveness_probe: document.livenessProbe === undefined ? undefined : probeToYaml(document.livenessProbe),
    readiness_probe: document.readinessProbe === undefined ? undefined : probeToYaml(document.readinessProbe),
    scale_settings: scaleSettings === undefined ? undefined : { type: scaleSettings.scaleType.toLowerCase() },
    egress_public_network_access: document.egressPublicNetworkAccess?.toLowerCase(),
  } satisfies Partial<Record<keyof RawOnlineDeployment, unknown>>);
}

function environmentToYaml(environment: InlineEnvironment): object {
  const { livenessRoute, readinessRoute, scoringRoute } = environment.inferenceConfig;
  return withoutUndefined({
    name: environment.name,
    version: environment.version,
    image: environment.image,
    inference_config: {
      liveness_route: livenessRoute,
      readiness_route: readinessRoute,
      scoring_route: scoringRoute,
    },
  });
}

function probeToYaml(probe: ProbeSettings): object {
  return withoutUndefined({
    initial_delay: probe.initialDelay,
    period: probe.period,
    timeout: probe.timeout,
    success_threshold: probe.successThreshold,
    failure_threshold: probe.failureThreshold,
  });
}
