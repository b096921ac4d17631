import type { JobStatus } from '../../jobs/job-status.ts';
import { artifactFolder } from '../../jobs/run-record.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import type { MetricPoint } from '../../store/metrics.ts';
import type { StoredResource } from '../../store/resources.ts';
import { workspaceId } from '../resource-ids.ts';

export type MlflowStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

const statuses: Readonly<Record<JobStatus, MlflowStatus>> = {
  NotStarted: 'SCHEDULED',
  Starting: 'SCHEDULED',
  Preparing: 'SCHEDULED',
  Queued: 'SCHEDULED',
  Running: 'RUNNING',
  Finalizing: 'RUNNING',
  CancelRequested: 'RUNNING',
  Canceled: 'KILLED',
  Completed: 'FINISHED',
  Failed: 'FAILED',
};

export function mlflowStatus(status: JobStatus): MlflowStatus {
  return statuses[status];
}

/** How a run of MLflow's own is kept, by what its client says of it; undefined for a word that MLflow has not. */
export function jobStatus(status: string): JobStatus | undefined {
  const known: Readonly<Record<MlflowStatus, JobStatus>> = {
    RUNNING: 'Running',
    SCHEDULED: 'NotStarted',
    FINISHED: 'Completed',
    FAILED: 'Failed',
    KILLED: 'Canceled',
  };
  return Object.hasOwn(known, status) ? known[status as MlflowStatus] : undefined;
}

/**
 * Where a client puts artifacts. Azure's plugin, which speaks `v2.0`, knows `azureml://` only, and asks run history for
 * addresses; a plain client knows nothing of Azure and sends them through the tracking server.
 */
export function artifactUri(services: TwinServices, run: RunRecord, mlflowVersion: string): string {
  if (mlflowVersion.toLowerCase() !== 'v2.0') return `mlflow-artifacts:/${artifactFolder(run.runId)}`;
  const { host } = new URL(services.endpoint());
  // The plugin takes the words of the path as they are: a name that they cannot hold is given by its id.
  const { experimentName: name } = run;
  const experiment = /^[\w. -]+$/.test(name) ? name : services.runs.experiments.idOf(name);
  return `azureml://${host}/mlflow/v2.0${workspaceId(services.identity)}/experiments/${experiment}/runs/${run.runId}/artifacts`;
}

/** Tags as MLflow shows them: what the run has, and what Azure says of every run. */
export function tagsOf(run: RunRecord): Readonly<Record<string, string>> {
  return {
    'mlflow.runName': run.displayName,
    'mlflow.user': 'local user',
    'mlflow.rootRunId': run.rootRunId,
    ...(run.parentRunId === null ? {} : { 'mlflow.parentRunId': run.parentRunId }),
    ...run.tags,
  };
}

/** JSON has no NaN: protocol buffers write it as text, and the infinities. */
export function metricView({ name, value, step, loggedAt }: MetricPoint): object {
  return { key: name, value: Number.isFinite(value) ? value : String(value), timestamp: loggedAt, step };
}

function pairs(map: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(map).map(([key, value]) => ({ key, value }));
}

export function runInfo(services: TwinServices, stored: StoredResource<RunRecord>, mlflowVersion: string) {
  const { body: run, createdAt } = stored;
  const tags = tagsOf(run);
  return {
    run_id: run.runId,
    run_uuid: run.runId,
    run_name: tags['mlflow.runName'] ?? run.displayName,
    experiment_id: services.runs.experiments.idOf(run.experimentName),
    user_id: tags['mlflow.user'] ?? '',
    status: mlflowStatus(run.status),
    start_time: run.startedAt ?? createdAt,
    ...(run.endedAt === null ? {} : { end_time: run.endedAt }),
    artifact_uri: artifactUri(services, run, mlflowVersion),
    lifecycle_stage: run.hidden ? 'deleted' : 'active',
  };
}

export function runView(
  services: TwinServices,
  stored: StoredResource<RunRecord>,
  mlflowVersion: string,
): object {
  const { body: run } = stored;
  return {
    info: runInfo(services, stored, mlflowVersion),
    data: {
      metrics: services.tables.metrics.latest(run.runId).map(metricView),
      params: pairs(run.parameters),
      tags: pairs(tagsOf(run)),
    },
    inputs: { dataset_inputs: run.datasets ?? [] },
  };
}
