import type { ExperimentRecord } from '../../jobs/experiment-store.ts';
import { defaultExperiment } from '../../jobs/experiment-store.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { doesNotExist } from './mlflow-error.ts';

export function experimentView({ body, createdAt, modifiedAt }: StoredResource<ExperimentRecord>) {
  return {
    experiment_id: body.experimentId,
    name: body.experimentName,
    artifact_location: body.artifactLocation ?? '',
    lifecycle_stage: body.deleted ? 'deleted' : 'active',
    creation_time: createdAt,
    last_update_time: modifiedAt,
    tags: Object.entries(body.tags).map(([key, value]) => ({ key, value })),
  };
}

/** The experiment of an id. `0` is MLflow's own default, which clients use that name none. */
export function findExperiment(
  services: TwinServices,
  id: string,
): StoredResource<ExperimentRecord> | undefined {
  const { experiments } = services.runs;
  return id === '0' ? experiments.ensure(defaultExperiment) : experiments.byId(id);
}

export function requireExperiment(services: TwinServices, id: string): StoredResource<ExperimentRecord> {
  const stored = findExperiment(services, id);
  if (stored === undefined) throw doesNotExist(`No Experiment with id=${id} exists`);
  return stored;
}

const views = {
  ACTIVE_ONLY: (deleted: boolean) => !deleted,
  DELETED_ONLY: (deleted: boolean) => deleted,
  ALL: () => true,
} as const;

/** Whether a stage is wanted; undefined for a word that is none of MLflow's views. */
export function stageFilter(view: string): ((deleted: boolean) => boolean) | undefined {
  return Object.hasOwn(views, view) ? views[view as keyof typeof views] : undefined;
}
