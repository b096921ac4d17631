import { AmlDeitError } from '../errors/index.ts';
import { describeRequest, readJson } from './arm-session.ts';
import type { ArmRequest, ArmSession } from './arm-session.ts';
import { responseError } from './azure-error.ts';
import type { AzureMl, MetricPoint, RunMetrics } from './azure-ml.ts';
import type { DataPlane } from './data-plane.ts';
import { readLogPart } from './read-log-part.ts';
import type { JobResource, MlflowMetric, MlflowRun, RunDetails, RunDocument, RunPage } from './wire/jobs.ts';

export interface JobOperationsOptions {
  readonly session: ArmSession;
  readonly dataPlane: DataPlane;
  /** What a pipeline's PUT carries, so that its steps may read the caller's registries and data. */
  readonly machineLearningToken: (signal?: AbortSignal) => Promise<string>;
}

const views = { exclude: 'ActiveOnly', include: 'All', only: 'ArchivedOnly' } as const;
/** Of one metric's history. */
const maxPoints = 25_000;

/** Numbers as MLflow writes them: JSON has no NaN, protocol buffers write long integers as text. */
function metricValue(value: number | string | undefined): number {
  return typeof value === 'number' ? value : Number(value ?? 0);
}

const metricPoint = (metric: MlflowMetric): MetricPoint => ({
  value: metricValue(metric.value),
  step: metricValue(metric.step),
  timestampMs: metricValue(metric.timestamp),
});

export function jobOperations(options: JobOperationsOptions): Pick<AzureMl, 'jobs' | 'runs'> {
  const { session, dataPlane } = options;
  const jobPath = (name: string): string => `jobs/${encodeURIComponent(name)}`;

  /** One request to the data plane: `rest` is below the workspace's address of `area`. */
  async function ask(
    area: string,
    rest: string,
    description: string,
    more: Pick<ArmRequest, 'signal' | 'body'> & { readonly method?: 'GET' | 'POST' },
  ): Promise<{ readonly status: number; readonly body: unknown; readonly home: string }> {
    const home = await dataPlane.api(more.signal);
    const request: ArmRequest = {
      method: more.method ?? 'GET',
      url: `${home}/${area}${session.workspaceId}${rest}`,
      home,
      description,
      signal: more.signal,
      ...(more.body === undefined ? {} : { body: more.body }),
    };
    const response = await session.send(request);
    if (response.status === 404) return { status: 404, body: undefined, home };
    if (response.status !== 200) throw responseError(response, description);
    return { status: 200, body: readJson(response, description), home };
  }

  const history = 'history/v1.0';
  const run = (id: string): string => `/runs/${encodeURIComponent(id)}`;
  const mlflow = (path: string, query: Readonly<Record<string, string>>): string =>
    `/api/2.0/mlflow/${path}?${new URLSearchParams(query).toString()}`;
  const noRun = (id: string): AmlDeitError => new AmlDeitError('AZURE_NOT_FOUND', `there is no run "${id}"`);

  return {
    jobs: {
      async get(name, call) {
        const request: ArmRequest = { method: 'GET', path: jobPath(name), signal: call?.signal };
        const response = await session.send(request);
        if (response.status === 404) return undefined;
        if (response.status !== 200) throw responseError(response, describeRequest(request));
        return readJson(response, describeRequest(request)) as JobResource;
      },
      list: (call) =>
        session.list<JobResource>('jobs', call?.signal, {
          query: { listViewType: views[call?.archived ?? 'exclude'] },
          ...(call?.max === undefined ? {} : { max: call.max }),
        }),
      async create(name, body, call) {
        const isPipeline = body.properties.jobType.toLowerCase() === 'pipeline';
        const request: ArmRequest = {
          method: 'PUT',
          path: jobPath(name),
          body,
          signal: call?.signal,
          ...(isPipeline
            ? { headers: { 'x-azureml-token': await options.machineLearningToken(call?.signal) } }
            : {}),
        };
        return readJson(
          await session.sendExpecting(request, [200, 201]),
          describeRequest(request),
        ) as JobResource;
      },
      async cancel(name, call) {
        const request: ArmRequest = {
          method: 'POST',
          path: `${jobPath(name)}/cancel`,
          signal: call?.signal,
        };
        const response = await session.send(request);
        if (response.status === 202) return 'requested';
        if (response.status === 200) return 'ended';
        if (response.status === 404) throw new AmlDeitError('AZURE_NOT_FOUND', `there is no job "${name}"`);
        // A pipeline that has ended refuses, where a command does not mind.
        if (response.status === 400) {
          const ended = ['Completed', 'Failed', 'Canceled'];
          const known = await this.get(name, call);
          if (ended.includes(known?.properties?.status ?? '')) return 'ended';
        }
        throw responseError(response, describeRequest(request));
      },
    },

    runs: {
      async get(runId, call) {
        const { status, body } = await ask(history, '/rundata?api-version=v1.0', `POST rundata of ${runId}`, {
          method: 'POST',
          body: { runId, selectRunMetadata: true, selectRunDefinition: false, selectJobSpecification: false },
          signal: call?.signal,
        });
        return status === 404 ? undefined : (body as { runMetadata: RunDocument }).runMetadata;
      },
      async children(runId, call) {
        const description = `GET children of ${runId}`;
        const first = await ask(history, `${run(runId)}/children?api-version=v1.0`, description, {
          signal: call?.signal,
        });
        if (first.status === 404) throw noRun(runId);
        let page = first.body as RunPage;
        const found = [...page.value];
        while (typeof page.nextLink === 'string' && page.nextLink !== '') {
          const request: ArmRequest = {
            method: 'GET',
            url: page.nextLink,
            home: first.home,
            description,
            signal: call?.signal,
          };
          page = readJson(await session.sendExpecting(request, [200]), description) as RunPage;
          found.push(...page.value);
        }
        return found;
      },
      async details(runId, call) {
        const { status, body } = await ask(
          history,
          `${run(runId)}/details?api-version=v1.0`,
          `GET details of ${runId}`,
          { signal: call?.signal },
        );
        if (status === 404) throw noRun(runId);
        return body as RunDetails;
      },
      async metrics(runId, call): Promise<RunMetrics> {
        const { body } = await ask(
          'mlflow/v1.0',
          mlflow('runs/get', { run_id: runId }),
          `GET metrics of ${runId}`,
          { signal: call?.signal },
        );
        const data = (body as { run?: MlflowRun } | undefined)?.run?.data;
        return {
          metrics: Object.fromEntries(
            (data?.metrics ?? []).map((metric) => [metric.key, metricValue(metric.value)]),
          ),
          parameters: Object.fromEntries((data?.params ?? []).map(({ key, value }) => [key, value])),
        };
      },
      async metricHistory(runId, name, call) {
        const { body } = await ask(
          'mlflow/v1.0',
          mlflow('metrics/get-history', {
            run_id: runId,
            metric_key: name,
            max_results: String(maxPoints),
          }),
          `GET metric ${name} of ${runId}`,
          { signal: call?.signal },
        );
        return ((body as { metrics?: readonly MlflowMetric[] } | undefined)?.metrics ?? []).map(metricPoint);
      },
      readLog: (url, part, call) => readLogPart(dataPlane.openGet, url, part, call?.signal),
      async resolveAsset(assetId, call) {
        const isModel = assetId.includes('/models/');
        const { status, body } = await ask(
          isModel ? 'modelregistry/v1.0' : 'data/v1.0',
          isModel ? '/models/batchGetResolvedUris' : '/dataversion/batchGetResolvedUris?api-version=1.5.0',
          `POST batchGetResolvedUris`,
          { method: 'POST', body: { values: [assetId] }, signal: call?.signal },
        );
        if (status === 404) return undefined;
        const { values } = body as {
          values?: Readonly<Record<string, { readonly uri?: string; readonly path?: string }>>;
        };
        const found = values?.[assetId];
        return found?.uri ?? found?.path;
      },
    },
  };
}
