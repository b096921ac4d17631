import type { MetricTable } from '../store/metrics.ts';
import type { ResourceTable, StoredResource } from '../store/resources.ts';
import { ExperimentStore } from './experiment-store.ts';
import type { ExperimentTables } from './experiment-store.ts';
import type { RunRecord } from './run-record.ts';

export interface RunTables extends ExperimentTables {
  /** Jobs: runs that have no parent. */
  readonly jobs: ResourceTable<RunRecord>;
  /** Steps, below the id of the run around them. */
  readonly childRuns: ResourceTable<RunRecord>;
  /** A step's id → the run around it. */
  readonly childRunParents: ResourceTable<string>;
  /** Runs that clients of MLflow began. */
  readonly mlflowRuns: ResourceTable<RunRecord>;
  readonly metrics: MetricTable;
}

/** All runs by their ids, whether they are jobs, steps, or runs of MLflow's own. */
export class RunStore {
  readonly experiments: ExperimentStore;
  readonly #tables: RunTables;

  constructor(tables: RunTables) {
    this.#tables = tables;
    this.experiments = new ExperimentStore(tables);
    for (const { body } of this.jobs()) this.experiments.ensure(body.experimentName);
  }

  get(runId: string): StoredResource<RunRecord> | undefined {
    const job = this.#tables.jobs.get('', runId);
    if (job !== undefined) return job;
    const parent = this.#tables.childRunParents.get('', runId)?.body;
    return parent === undefined
      ? this.#tables.mlflowRuns.get('', runId)
      : this.#tables.childRuns.get(parent, runId);
  }

  put(record: RunRecord): StoredResource<RunRecord> {
    if (record.parentRunId === null) {
      const table = record.kind === 'mlflow' ? this.#tables.mlflowRuns : this.#tables.jobs;
      const { created, stored } = table.put('', record.runId, record);
      if (created) this.experiments.ensure(record.experimentName);
      return stored;
    }
    this.#tables.childRunParents.put('', record.runId, record.parentRunId);
    return this.#tables.childRuns.put(record.parentRunId, record.runId, record).stored;
  }

  /** Changes a run that is there; undefined when it is not. */
  update(
    runId: string,
    change: (record: RunRecord) => Partial<RunRecord>,
  ): StoredResource<RunRecord> | undefined {
    const known = this.get(runId)?.body;
    if (known === undefined) return undefined;
    const next = { ...known, ...change(known) };
    return this.put({ ...next, revision: known.revision + (next.status === known.status ? 0 : 1) });
  }

  /** In the order of creation. */
  jobs(): StoredResource<RunRecord>[] {
    return this.#tables.jobs.list('');
  }

  /** Jobs, steps and runs of MLflow's own. */
  all(): StoredResource<RunRecord>[] {
    return [...this.jobs(), ...this.#tables.childRuns.list(), ...this.#tables.mlflowRuns.list('')];
  }

  children(runId: string): StoredResource<RunRecord>[] {
    return this.#tables.childRuns.list(runId);
  }

  /** A run and everything below it. */
  tree(runId: string): StoredResource<RunRecord>[] {
    const run = this.get(runId);
    if (run === undefined) return [];
    return [run, ...this.children(runId).flatMap((child) => this.tree(child.name))];
  }

  delete(runId: string): void {
    for (const { body: run } of this.tree(runId).toReversed()) {
      this.#tables.metrics.delete(run.runId);
      if (run.kind === 'mlflow') this.#tables.mlflowRuns.delete('', run.runId);
      else if (run.parentRunId === null) this.#tables.jobs.delete('', run.runId);
      else {
        this.#tables.childRuns.delete(run.parentRunId, run.runId);
        this.#tables.childRunParents.delete('', run.runId);
      }
    }
  }

  /** Numbers count up over all runs that there are. */
  nextNumber(): number {
    const { jobs, childRunParents, mlflowRuns } = this.#tables;
    return 1 + [jobs, childRunParents, mlflowRuns].reduce((sum, table) => sum + table.names('').length, 0);
  }
}
