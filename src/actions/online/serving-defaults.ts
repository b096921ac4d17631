import { card } from '../../card/index.ts';
import { scoringRoutes } from '../../io/index.ts';
import type { DesiredProbe, DesiredRequestSettings, InferenceRoutes } from '../../rollout/index.ts';

export interface ServingDefaults {
  readonly requestSettings: Required<
    Pick<DesiredRequestSettings, 'requestTimeoutMs' | 'maxConcurrentRequestsPerInstance'>
  >;
  readonly livenessProbe: Required<DesiredProbe>;
  readonly readinessProbe: Required<DesiredProbe>;
}

/** What the service takes where a YAML says nothing. */
export const serviceDefaults: ServingDefaults = {
  requestSettings: { requestTimeoutMs: 5_000, maxConcurrentRequestsPerInstance: 1 },
  livenessProbe: probe(10, 10, 2, 30),
  readinessProbe: probe(10, 10, 2, 30),
};

/** Our scoring server: batches what comes together, is ready in seconds, has five minutes to load a large model. */
export const containerDefaults: ServingDefaults = {
  requestSettings: { requestTimeoutMs: 30_000, maxConcurrentRequestsPerInstance: 8 },
  livenessProbe: probe(10, 10, 2, 30),
  readinessProbe: probe(1, 2, 2, 150),
};

/**
 * The MLflow container starts slowly and answers one request after the other: half an hour of patience. (The official
 * sample's liveness probe may take longer than its period, and waits two and a half hours.)
 */
export const registryDefaults: ServingDefaults = {
  requestSettings: { requestTimeoutMs: 90_000, maxConcurrentRequestsPerInstance: 1 },
  livenessProbe: probe(180, 30, 10, 60),
  readinessProbe: probe(10, 10, 10, 180),
};

function probe(
  initialDelaySeconds: number,
  periodSeconds: number,
  timeoutSeconds: number,
  failureThreshold: number,
): Required<DesiredProbe> {
  return { initialDelaySeconds, periodSeconds, timeoutSeconds, successThreshold: 1, failureThreshold };
}

/** Where our scoring image answers. */
export const containerRoutes: InferenceRoutes = {
  livenessRoute: { path: scoringRoutes.liveness, port: scoringRoutes.port },
  readinessRoute: { path: scoringRoutes.readiness, port: scoringRoutes.port },
  scoringRoute: { path: scoringRoutes.scoring, port: scoringRoutes.port },
};

/** `azureml://registries/azureml/models/…/versions/15`. */
export const cardModelId = card.id;
