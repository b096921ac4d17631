import { randomUUID } from 'node:crypto';
import type { RunDataset, RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import { maxArmBodyBytes } from '../../http/read-body.ts';
import type { ArmHandler, ArmRequest, ArmResponse } from '../handler.ts';
import { checkKey, limits, readMetric, readParam, readTag } from './limits.ts';
import type { KeyValue } from './limits.ts';
import { doesNotExist, invalidParameter } from './mlflow-error.ts';
import { inputOf, objectList, optionalText, pageOf, pageToken, requiredText } from './read-input.ts';
import type { Input } from './read-input.ts';
import { metricView } from './run-view.ts';
import { requireActiveRun, requireRun } from './runs.ts';

const done: ArmResponse = { status: 200, body: {} };
/** Of one answer with the history of a metric; MLflow's own. */
const maxHistory = 25_000;

/** Adds params. One that has a value keeps it: the same may be logged again, another is refused. */
function addParams(run: RunRecord, params: readonly KeyValue[]): Readonly<Record<string, string>> {
  const added = new Map(Object.entries(run.parameters));
  for (const { key, value } of params) {
    const known = added.get(key);
    if (known !== undefined && known !== value)
      throw invalidParameter(
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${known}' for run ID='${run.runId}'. Attempted logging new value '${value}'.`,
      );
    added.set(key, value);
  }
  return Object.fromEntries(added);
}

function addTags(services: TwinServices, run: RunRecord, tags: readonly KeyValue[]): void {
  const added = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
  services.runs.update(run.runId, (known) => ({
    tags: { ...known.tags, ...added },
    // A run's name is a tag to MLflow, and renaming it sets that.
    displayName: added['mlflow.runName'] ?? known.displayName,
  }));
}

function checkCount(what: string, count: number, max: number): void {
  if (count > max)
    throw invalidParameter(
      `A batch logging request can contain at most ${max} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
}

/** Everything of a batch is checked before any of it is kept. */
function logBatch(request: ArmRequest, services: TwinServices): void {
  const bytes = Number(request.headers['content-length'] ?? 0);
  if (Math.min(bytes, maxArmBodyBytes) > limits.batchBytes)
    throw invalidParameter(
      `Batched logging API requests must be at most ${limits.batchBytes} bytes, got a request of size ${bytes}.`,
    );
  const input = inputOf(request);
  const run = requireActiveRun(input, services);
  const given = {
    metrics: objectList(input, 'metrics'),
    params: objectList(input, 'params'),
    tags: objectList(input, 'tags'),
  };
  checkCount('metrics', given.metrics.length, limits.metricsPerBatch);
  checkCount('params', given.params.length, limits.paramsPerBatch);
  checkCount('tags', given.tags.length, limits.tagsPerBatch);
  checkCount(
    'metrics, params, and tags',
    given.metrics.length + given.params.length + given.tags.length,
    limits.entitiesPerBatch,
  );
  const now = services.now();
  const metrics = given.metrics.map((metric) => readMetric(metric, now));
  const tags = given.tags.map(readTag);
  const parameters = addParams(run, given.params.map(readParam));
  if (given.params.length > 0) services.runs.update(run.runId, () => ({ parameters }));
  if (tags.length > 0) addTags(services, run, tags);
  if (metrics.length > 0) services.tables.metrics.append(run.runId, metrics);
}

function readDataset(input: Input): RunDataset {
  const given = (input['dataset'] ?? {}) as Input;
  const dataset = {
    name: requiredText(given, 'name'),
    digest: requiredText(given, 'digest'),
    source_type: requiredText(given, 'source_type'),
    source: requiredText(given, 'source'),
  };
  const schema = optionalText(given, 'schema');
  const profile = optionalText(given, 'profile');
  return {
    dataset: {
      ...dataset,
      ...(schema === undefined ? {} : { schema }),
      ...(profile === undefined ? {} : { profile }),
    },
    tags: objectList(input, 'tags').map(readTag),
  };
}

const logInputs: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const run = requireActiveRun(input, services);
  const given = objectList(input, 'datasets');
  checkCount('datasets', given.length, limits.datasetsPerRequest);
  const datasets = given.map(readDataset);
  const id = ({ dataset }: RunDataset): string => JSON.stringify([dataset['name'], dataset['digest']]);
  services.runs.update(run.runId, (known) => ({
    // A dataset is named by its name and digest: what is logged again replaces it.
    datasets: [...new Map([...(known.datasets ?? []), ...datasets].map((one) => [id(one), one])).values()],
  }));
  return done;
};

const modelHistoryTag = 'mlflow.log-model.history';

/** The tag is anybody's to set: what is no list in it counts as none. */
function modelsOf(tag = '[]'): unknown[] {
  try {
    const models = JSON.parse(tag) as unknown;
    return Array.isArray(models) ? models : [];
  } catch {
    return [];
  }
}

/** Models that a run logged, kept where MLflow keeps them: in a tag. */
const logModel: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const run = requireActiveRun(input, services);
  let model: unknown;
  try {
    model = JSON.parse(requiredText(input, 'model_json'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidParameter(`Malformed model info. model_json is not valid JSON: ${error.message}`);
  }
  const absent = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'].filter(
    (name) => (model as Input | null)?.[name] === undefined,
  );
  if (absent.length > 0)
    throw invalidParameter(`Model json is missing mandatory fields: ${absent.join(', ')}`);
  addTags(services, run, [
    { key: modelHistoryTag, value: JSON.stringify([...modelsOf(run.tags[modelHistoryTag]), model]) },
  ]);
  return done;
};

const getHistory: ArmHandler = (request, services) => {
  const input = inputOf(request);
  const { body: run } = requireRun(input, services);
  const key = requiredText(input, 'metric_key');
  // Tokens are places in the order of logging: what is logged meanwhile is on a later page.
  const { offset, size } = pageOf(input, maxHistory, maxHistory);
  const points = services.tables.metrics.page(run.runId, key, offset, size + 1);
  const last = points.length > size ? points[size - 1] : undefined;
  return {
    status: 200,
    body: {
      metrics: points.slice(0, size).map(metricView),
      ...(last === undefined ? {} : { next_page_token: pageToken(last.sequence) }),
    },
  };
};

export const loggingHandlers = {
  'mlflow.runs.logMetric': (request, services) => {
    const input = inputOf(request);
    const run = requireActiveRun(input, services);
    services.tables.metrics.append(run.runId, [readMetric(input, services.now())]);
    return done;
  },
  'mlflow.runs.logParameter': (request, services) => {
    const input = inputOf(request);
    const run = requireActiveRun(input, services);
    const parameters = addParams(run, [readParam(input)]);
    services.runs.update(run.runId, () => ({ parameters }));
    return done;
  },
  'mlflow.runs.setTag': (request, services) => {
    const input = inputOf(request);
    addTags(services, requireActiveRun(input, services), [readTag(input)]);
    return done;
  },
  'mlflow.runs.deleteTag': (request, services) => {
    const input = inputOf(request);
    const run = requireActiveRun(input, services);
    const key = requiredText(input, 'key');
    checkKey('tag', key);
    if (!Object.hasOwn(run.tags, key))
      throw doesNotExist(`No tag with name: ${key} in run with id ${run.runId}`);
    services.runs.update(run.runId, ({ tags: { [key]: _gone, ...tags } }) => ({ tags }));
    return done;
  },
  'mlflow.runs.logBatch': (request, services) => {
    logBatch(request, services);
    return done;
  },
  // Kept before it is answered: there is nothing to wait for.
  'mlflow.runs.logBatchAsync': (request, services) => {
    logBatch(request, services);
    return { status: 200, body: { batch_tracking_id: randomUUID() } };
  },
  'mlflow.runs.getRunDataStatus': (request, services) => {
    requireRun(inputOf(request), services);
    return { status: 200, body: { is_complete: true } };
  },
  'mlflow.runs.logInputs': logInputs,
  'mlflow.runs.logModel': logModel,
  'mlflow.metrics.getHistory': getHistory,
} as const satisfies Record<string, ArmHandler>;
