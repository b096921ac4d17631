import { workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const dataPlane = { surface: 'data-plane', apiVersion: false } as const;
/** Whose version it is decides the form of artifact addresses: `run-view.ts`. */
export const mlflowBase = `/mlflow/{mlflowVersion}${workspacePath}`;
const api = `${mlflowBase}/api/2.0/mlflow`;
const preview = `${mlflowBase}/api/2.0/preview/mlflow`;

const get = (path: string): Route => ['GET', `${api}/${path}`, dataPlane];
const post = (path: string): Route => ['POST', `${api}/${path}`, dataPlane];

/** The tracking API of MLflow. Source: its REST documentation and `service.proto`. */
export const mlflowRoutes = {
  'mlflow.experiments.create': post('experiments/create'),
  'mlflow.experiments.get': get('experiments/get'),
  'mlflow.experiments.getByName': get('experiments/get-by-name'),
  'mlflow.experiments.search': post('experiments/search'),
  'mlflow.experiments.searchByQuery': get('experiments/search'),
  // Gone from MLflow 2; clients of MLflow 1 ask for it.
  'mlflow.experiments.list': get('experiments/list'),
  'mlflow.experiments.update': post('experiments/update'),
  'mlflow.experiments.delete': post('experiments/delete'),
  'mlflow.experiments.restore': post('experiments/restore'),
  'mlflow.experiments.setTag': post('experiments/set-experiment-tag'),
  'mlflow.experiments.deleteTag': post('experiments/delete-experiment-tag'),
  'mlflow.runs.create': post('runs/create'),
  'mlflow.runs.get': get('runs/get'),
  'mlflow.runs.update': post('runs/update'),
  'mlflow.runs.search': post('runs/search'),
  'mlflow.runs.delete': post('runs/delete'),
  'mlflow.runs.restore': post('runs/restore'),
  'mlflow.runs.logMetric': post('runs/log-metric'),
  'mlflow.runs.logBatch': post('runs/log-batch'),
  'mlflow.runs.logParameter': post('runs/log-parameter'),
  'mlflow.runs.setTag': post('runs/set-tag'),
  'mlflow.runs.deleteTag': post('runs/delete-tag'),
  'mlflow.runs.logInputs': post('runs/log-inputs'),
  'mlflow.runs.logModel': post('runs/log-model'),
  'mlflow.metrics.getHistory': get('metrics/get-history'),
  'mlflow.artifacts.list': get('artifacts/list'),
  // MLflow 3 looks for models before it lists the artifacts of a run.
  'mlflow.loggedModels.search': post('logged-models/search'),
  // What the proxied store of artifacts lists; files of it are streams: `proxied-artifacts.ts`.
  'mlflow.proxiedArtifacts.list': ['GET', `${mlflowBase}/api/2.0/mlflow-artifacts/artifacts`, dataPlane],
  // Azure's own, of azureml-mlflow.
  'mlflow.runs.logBatchAsync': ['POST', `${preview}/runs/log-batch-async`, dataPlane],
  'mlflow.runs.getRunDataStatus': ['GET', `${preview}/runs/get-run-data-status`, dataPlane],
} as const satisfies Record<string, Route>;
