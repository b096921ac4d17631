import { randomUUID } from 'node:crypto';
import { stableGuid } from '../arm/history/run-ids.ts';
import type { ResourceTable, StoredResource } from '../store/resources.ts';

/** What runs are gathered in. */
export interface ExperimentRecord {
  readonly experimentId: string;
  readonly experimentName: string;
  readonly tags: Readonly<Record<string, string>>;
  /** As a client of MLflow asked for it; null: where the artifacts of runs are. */
  readonly artifactLocation: string | null;
  readonly deleted: boolean;
}

export interface ExperimentTables {
  /** By id. */
  readonly experiments: ResourceTable<ExperimentRecord>;
  /** Name → id. */
  readonly experimentNames: ResourceTable<string>;
}

/** Where a job goes that names no experiment. */
export const defaultExperiment = 'Default';

/** Experiments: a run makes the one that it names, clients of MLflow make and change them. */
export class ExperimentStore {
  readonly #tables: ExperimentTables;

  constructor(tables: ExperimentTables) {
    this.#tables = tables;
    this.ensure(defaultExperiment);
  }

  byId(experimentId: string): StoredResource<ExperimentRecord> | undefined {
    return this.#tables.experiments.get('', experimentId);
  }

  byName(experimentName: string): StoredResource<ExperimentRecord> | undefined {
    const id = this.#tables.experimentNames.get('', experimentName)?.body;
    return id === undefined ? undefined : this.byId(id);
  }

  idOf(experimentName: string): string {
    return this.ensure(experimentName).body.experimentId;
  }

  /** In the order of creation. */
  list(): StoredResource<ExperimentRecord>[] {
    return this.#tables.experiments.list('');
  }

  /** The experiment of this name, made if there is none. */
  ensure(
    experimentName: string,
    more: Partial<Pick<ExperimentRecord, 'tags' | 'artifactLocation'>> = {},
  ): StoredResource<ExperimentRecord> {
    const known = this.byName(experimentName);
    if (known !== undefined) return known;
    const usual = stableGuid('experiment', experimentName);
    // Taken when an experiment of this name was given another since.
    const experimentId = this.byId(usual) === undefined ? usual : randomUUID();
    const record = {
      experimentId,
      experimentName,
      tags: {},
      artifactLocation: null,
      deleted: false,
      ...more,
    };
    this.#tables.experimentNames.put('', experimentName, experimentId);
    return this.#tables.experiments.put('', experimentId, record).stored;
  }

  update(experimentId: string, change: Partial<ExperimentRecord>): void {
    const known = this.byId(experimentId)?.body;
    if (known === undefined) return;
    const next = { ...known, ...change, experimentId };
    if (next.experimentName !== known.experimentName) {
      this.#tables.experimentNames.delete('', known.experimentName);
      this.#tables.experimentNames.put('', next.experimentName, experimentId);
    }
    this.#tables.experiments.put('', experimentId, next);
  }
}
