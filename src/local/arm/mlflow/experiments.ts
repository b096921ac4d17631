import type { ExperimentRecord } from '../../jobs/experiment-store.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import type { ArmHandler } from '../handler.ts';
import { experimentView, requireExperiment, stageFilter } from './experiment-view.ts';
import { checkExperimentName, readExperimentTag } from './limits.ts';
import { MlflowError, doesNotExist, invalidParameter } from './mlflow-error.ts';
import { inputOf, objectList, optionalText, pageOf, requiredText, takePage, textList } from './read-input.ts';
import type { Input } from './read-input.ts';
import { parseFilter, parseOrder, sortBy, textColumns } from './search-filter.ts';
import type { Lookup } from './search-filter.ts';

const maxListed = 50_000;

function find(input: Input, services: TwinServices): StoredResource<ExperimentRecord> {
  return requireExperiment(services, requiredText(input, 'experiment_id'));
}

function requireActive(input: Input, services: TwinServices): StoredResource<ExperimentRecord> {
  const stored = find(input, services);
  if (stored.body.deleted)
    throw invalidParameter(
      `The experiment ${stored.body.experimentId} must be in the 'active' state. Current state is deleted.`,
    );
  return stored;
}

function refuseTaken(name: string, services: TwinServices): void {
  const known = services.runs.experiments.byName(name);
  if (known === undefined) return;
  const deleted = known.body.deleted ? ' in the deleted state: restore it, or choose another name' : '';
  throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Experiment '${name}' already exists${deleted}.`);
}

const create: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const name = requiredText(input, 'name');
  checkExperimentName(name);
  const tags = objectList(input, 'tags').map(readExperimentTag);
  refuseTaken(name, services);
  const stored = services.runs.experiments.ensure(name, {
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    artifactLocation: optionalText(input, 'artifact_location') ?? null,
  });
  return { status: 200, body: { experiment_id: stored.body.experimentId } };
};

/** An experiment is deleted and restored with its runs. */
function setDeleted(deleted: boolean): ArmHandler {
  return (request, services) => {
    const { experimentId, experimentName } = find(inputOf(request), services).body;
    services.runs.experiments.update(experimentId, { deleted });
    for (const { body: run } of services.runs.all())
      if (run.experimentName === experimentName && run.hidden !== deleted)
        services.runs.update(run.runId, () => ({ hidden: deleted }));
    return { status: 200, body: {} };
  };
}

const rename: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const { experimentId, experimentName } = requireActive(input, services).body;
  const name = requiredText(input, 'new_name');
  checkExperimentName(name);
  if (name === experimentName) return { status: 200, body: {} };
  refuseTaken(name, services);
  services.runs.experiments.update(experimentId, { experimentName: name });
  // Runs name their experiment: they go with it.
  for (const { body: run } of services.runs.all())
    if (run.experimentName === experimentName)
      services.runs.update(run.runId, () => ({ experimentName: name }));
  return { status: 200, body: {} };
};

const columns = {
  attributes: { ...textColumns('name'), creation_time: 'number', last_update_time: 'number' },
  entities: ['attribute', 'tag'],
} as const;
const orderColumns = {
  ...columns,
  attributes: { ...columns.attributes, ...textColumns('experiment_id') },
} as const;

function lookup({ body, createdAt, modifiedAt }: StoredResource<ExperimentRecord>): Lookup {
  return ({ entity, key }) => {
    if (entity === 'tag') return body.tags[key];
    switch (key) {
      case 'name':
        return body.experimentName;
      case 'experiment_id':
        return body.experimentId;
      case 'creation_time':
        return createdAt;
      default:
        return modifiedAt;
    }
  };
}

const search: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const view = optionalText(input, 'view_type') ?? 'ACTIVE_ONLY';
  const wanted = stageFilter(view);
  if (wanted === undefined)
    throw invalidParameter(`Invalid value "${view}" for parameter 'view_type' supplied.`);
  const matches = parseFilter(optionalText(input, 'filter') ?? '', columns);
  const order = textList(input, 'order_by').map((text) => parseOrder(text, orderColumns));
  const page = pageOf(input, 1000, maxListed);
  const found = services.runs.experiments
    .list()
    .filter((stored) => wanted(stored.body.deleted) && matches(lookup(stored)))
    .toReversed();
  const { items, next } = takePage(sortBy(found, order, lookup), page);
  return { status: 200, body: { experiments: items.map(experimentView), ...next } };
};

export const experimentHandlers = {
  'mlflow.experiments.create': create,
  'mlflow.experiments.get': (request, services) => ({
    status: 200,
    body: { experiment: experimentView(find(inputOf(request), services)) },
  }),
  'mlflow.experiments.getByName': (request, services) => {
    const name = requiredText(inputOf(request), 'experiment_name');
    const stored = services.runs.experiments.byName(name);
    if (stored === undefined) throw doesNotExist(`Could not find experiment with name '${name}'`);
    return { status: 200, body: { experiment: experimentView(stored) } };
  },
  'mlflow.experiments.search': search,
  'mlflow.experiments.searchByQuery': search,
  'mlflow.experiments.list': search,
  'mlflow.experiments.update': rename,
  'mlflow.experiments.delete': setDeleted(true),
  'mlflow.experiments.restore': setDeleted(false),
  'mlflow.experiments.setTag': (request, services) => {
    const input = inputOf(request);
    const { experimentId, tags } = requireActive(input, services).body;
    const { key, value } = readExperimentTag(input);
    services.runs.experiments.update(experimentId, { tags: { ...tags, [key]: value } });
    return { status: 200, body: {} };
  },
  'mlflow.experiments.deleteTag': (request, services) => {
    const input = inputOf(request);
    const { experimentId, tags } = requireActive(input, services).body;
    const key = requiredText(input, 'key');
    if (!Object.hasOwn(tags, key))
      throw doesNotExist(`No tag with name: ${key} in experiment with id ${experimentId}`);
    const { [key]: _gone, ...rest } = tags;
    services.runs.experiments.update(experimentId, { tags: rest });
    return { status: 200, body: {} };
  },
} as const satisfies Record<string, ArmHandler>;
