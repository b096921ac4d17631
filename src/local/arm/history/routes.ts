import { workspacePath } from '../paths.ts';
import type { Route } from '../route.ts';

const dataPlane = { surface: 'data-plane', apiVersion: false } as const;
const history = `/history/v1.0${workspacePath}`;
const run = `${history}/runs/{run}`;
const inExperiment = `${history}/experiments/{experiment}/runs/{run}`;
const byExperimentId = `${history}/experimentids/{experimentId}/runs/{run}`;

/** Run history: the data plane's view of jobs and their steps. A run may be named with its experiment or without. */
export const historyRoutes = {
  'history.run.get': ['GET', run, dataPlane],
  'history.run.getInExperiment': ['GET', inExperiment, dataPlane],
  'history.children': ['GET', `${run}/children`, dataPlane],
  'history.childrenInExperiment': ['GET', `${inExperiment}/children`, dataPlane],
  'history.details': ['GET', `${run}/details`, dataPlane],
  'history.detailsInExperiment': ['GET', `${inExperiment}/details`, dataPlane],
  'history.rundata': ['POST', `${history}/rundata`, dataPlane],
  'history.run.patch': ['PATCH', inExperiment, dataPlane],
  'history.run.patchById': ['PATCH', run, dataPlane],
  'history.cancel': ['POST', `${run}/cancel`, dataPlane],
  'history.cancelInExperiment': ['POST', `${inExperiment}/cancel`, dataPlane],
  'history.cancelByExperimentId': ['POST', `${byExperimentId}/cancel`, dataPlane],
  'history.events': ['POST', `${run}/events`, dataPlane],
  'history.eventsInExperiment': ['POST', `${inExperiment}/events`, dataPlane],
  'history.eventsByExperimentId': ['POST', `${byExperimentId}/events`, dataPlane],
  'history.serviceInstances': ['GET', `${run}/serviceinstances/{node}`, dataPlane],
  'history.metrics': ['GET', `${run}/metrics`, dataPlane],
  'history.metricsInExperiment': ['GET', `${inExperiment}/metrics`, dataPlane],
  // The artifacts of runs, as Azure's plugin of MLflow asks for them.
  'history.artifacts.list': ['GET', `${inExperiment}/artifacts`, dataPlane],
  'history.artifacts.listPath': ['GET', `${inExperiment}/artifacts/path`, dataPlane],
  'history.artifacts.contentInfo': ['GET', `${inExperiment}/artifacts/contentinfo`, dataPlane],
  'history.artifacts.prefixContentInfo': ['GET', `${inExperiment}/artifacts/prefix/contentinfo`, dataPlane],
  'history.artifacts.create': ['POST', `${inExperiment}/artifacts/batch/metadata`, dataPlane],
  'data.batchGetResolvedUris': [
    'POST',
    `/data/v1.0${workspacePath}/dataversion/batchGetResolvedUris`,
    dataPlane,
  ],
  'model.batchGetResolvedUris': [
    'POST',
    `/modelregistry/v1.0${workspacePath}/models/batchGetResolvedUris`,
    dataPlane,
  ],
} as const satisfies Record<string, Route>;
