import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { parameter } from '../handler.ts';
import type { ArmHandler } from '../handler.ts';
import { findExperiment, stageFilter } from './experiment-view.ts';
import { invalidParameter } from './mlflow-error.ts';
import { inputOf, optionalText, pageOf, takePage, textList } from './read-input.ts';
import { runInfo, runView, tagsOf } from './run-view.ts';
import { parseFilter, parseOrder, sortBy, textColumns } from './search-filter.ts';
import type { Columns, Lookup } from './search-filter.ts';

const columns: Columns = {
  attributes: {
    ...textColumns(
      'run_id',
      'run_name',
      'status',
      'experiment_id',
      'user_id',
      'artifact_uri',
      'lifecycle_stage',
    ),
    start_time: 'number',
    end_time: 'number',
  },
  entities: ['attribute', 'metric', 'param', 'tag'],
  aliases: { 'run name': 'run_name', created: 'start_time' },
};

/** Metrics are read only of runs that a search asks for them. */
function lookupOf(services: TwinServices, mlflowVersion: string) {
  return (stored: StoredResource<RunRecord>): Lookup => {
    const { body: run } = stored;
    let metrics: ReadonlyMap<string, number> | undefined;
    return ({ entity, key }) => {
      switch (entity) {
        case 'metric':
          metrics ??= new Map(
            services.tables.metrics.latest(run.runId).map(({ name, value }) => [name, value]),
          );
          return metrics.get(key);
        case 'param':
          return Object.hasOwn(run.parameters, key) ? run.parameters[key] : undefined;
        case 'tag':
          return tagsOf(run)[key];
        case 'attribute':
          return (runInfo(services, stored, mlflowVersion) as Readonly<Record<string, string | number>>)[key];
      }
    };
  };
}

export const runSearchHandlers = {
  'mlflow.runs.search': (request, services) => {
    const input = inputOf(request);
    const version = parameter(request, 'mlflowVersion');
    const ids = textList(input, 'experiment_ids');
    const view = optionalText(input, 'run_view_type') ?? 'ACTIVE_ONLY';
    const wanted = stageFilter(view);
    if (wanted === undefined)
      throw invalidParameter(`Invalid value "${view}" for parameter 'run_view_type' supplied.`);
    // An experiment that there is not has no runs, and is no error, to MLflow.
    const names = new Set(ids.map((id) => findExperiment(services, id)?.body.experimentName));
    const matches = parseFilter(optionalText(input, 'filter') ?? '', columns);
    const order = textList(input, 'order_by').map((text) => parseOrder(text, columns));
    const page = pageOf(input, 1000, 50_000);
    const lookup = lookupOf(services, version);
    const started = ({ body, createdAt }: StoredResource<RunRecord>): number => body.startedAt ?? createdAt;
    const found = services.runs
      .all()
      .filter(
        (stored) =>
          names.has(stored.body.experimentName) && wanted(stored.body.hidden) && matches(lookup(stored)),
      )
      // The newest first, as MLflow has it; those of one moment in the opposite order of their creation.
      .sort((a, b) => started(b) - started(a) || b.sequence - a.sequence);
    const { items, next } = takePage(sortBy(found, order, lookup), page);
    return {
      status: 200,
      body: { runs: items.map((stored) => runView(services, stored, version)), ...next },
    };
  },
  // Azure has no logged models, nor has the twin.
  'mlflow.loggedModels.search': () => ({ status: 200, body: { models: [] } }),
} as const satisfies Record<string, ArmHandler>;
