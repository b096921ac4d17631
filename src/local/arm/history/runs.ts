import { notFound } from '../../http/service-error.ts';
import { isTerminal } from '../../jobs/job-status.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { pageOf } from '../paging.ts';
import { runDetails, runDocument } from './run-document.ts';
import { metricDocuments } from './metric-document.ts';
import { eventShape, runDataShape, runPatchShape } from './shapes.ts';

const pageSize = 500;

function findRun(services: TwinServices, request: ArmRequest, runId: string): StoredResource<RunRecord> {
  const stored = services.runs.get(runId);
  const { experiment, experimentId } = request.parameters;
  const name = stored?.body.experimentName ?? '';
  const ofExperiment = (given: string | undefined): boolean =>
    given === undefined || given === services.runs.experiments.idOf(name);
  if (
    stored === undefined ||
    !(experiment === name || ofExperiment(experiment)) ||
    !ofExperiment(experimentId)
  )
    throw notFound(`Run ${runId} was not found.`, 'RunNotFound');
  return stored;
}

export function requireRun(request: ArmRequest, services: TwinServices): StoredResource<RunRecord> {
  return findRun(services, request, parameter(request, 'run'));
}

const get: ArmHandler = (request, services) => ({
  status: 200,
  body: runDocument(services, requireRun(request, services)),
});

const children: ArmHandler = (request, services) => {
  const { name } = requireRun(request, services);
  const page = pageOf(request, services.runs.children(name), pageSize);
  const value = page.items.map((stored) => runDocument(services, stored));
  return {
    status: 200,
    body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
  };
};

const details: ArmHandler = async (request, services) => {
  const { name } = requireRun(request, services);
  // Clients fetch the logs next: what is there now is what they get.
  await services.jobs.flushLogs(name);
  const stored = requireRun(request, services);
  const { body: run } = stored;
  const seen: RunRecord = services.jobs.isFirstLook(name)
    ? { ...run, status: 'Finalizing', endedAt: null, error: null }
    : run;
  return { status: 200, body: runDetails(services, { ...stored, body: seen }) };
};

const patch: ArmHandler = (request, services) => {
  const { name } = requireRun(request, services);
  const body = readBody(request, runPatchShape) as {
    displayName?: string | null;
    description?: string | null;
    tags?: Readonly<Record<string, string>> | null;
    properties?: Readonly<Record<string, string>> | null;
    hidden?: boolean | null;
  };
  const stored = services.runs.update(name, (run) => ({
    displayName: body.displayName ?? run.displayName,
    description: body.description ?? run.description,
    // Merged, not replaced: what the service's own pages rely on.
    tags: { ...run.tags, ...body.tags },
    properties: { ...run.properties, ...body.properties },
    hidden: body.hidden ?? run.hidden,
  }));
  return { status: 200, body: runDocument(services, stored ?? requireRun(request, services)) };
};

/** Of a step it ends the whole job, as the address does by which a step says that it can be canceled. */
const cancel: ArmHandler = (request, services) => {
  const { name, body: run } = requireRun(request, services);
  if (run.kind !== 'mlflow') services.jobs.cancel(run.rootRunId);
  else if (!isTerminal(run.status))
    services.runs.update(name, () => ({ status: 'Canceled', endedAt: services.now() }));
  return { status: 200, body: runDocument(services, requireRun(request, services)) };
};

/** Events of runs that the twin itself runs say what it knows already: taken, and without effect. */
const event: ArmHandler = (request, services) => {
  requireRun(request, services);
  readBody(request, eventShape);
  return { status: 200 };
};

const metrics: ArmHandler = (request, services) => {
  const { body: run } = requireRun(request, services);
  return { status: 200, body: { value: metricDocuments(services, run) } };
};

export const historyHandlers = {
  'history.run.get': get,
  'history.run.getInExperiment': get,
  'history.children': children,
  'history.childrenInExperiment': children,
  'history.details': details,
  'history.detailsInExperiment': details,
  'history.rundata': (request, services) => {
    const { runId } = readBody(request, runDataShape) as { runId: string };
    const stored = findRun(services, request, runId);
    return {
      status: 200,
      body: {
        runMetadata: runDocument(services, stored, true),
        runDefinition: {},
        jobSpecification: null,
        systemSettings: null,
      },
    };
  },
  'history.run.patch': patch,
  'history.run.patchById': patch,
  'history.cancel': cancel,
  'history.cancelInExperiment': cancel,
  'history.cancelByExperimentId': cancel,
  'history.events': event,
  'history.eventsInExperiment': event,
  'history.eventsByExperimentId': event,
  'history.serviceInstances': (request, services) => {
    requireRun(request, services);
    // Jupyter, TensorBoard and the like are kept in a job's definition and not run.
    return { status: 200, body: { instances: {} } };
  },
  'history.metrics': metrics,
  'history.metricsInExperiment': metrics,
} as const satisfies Record<string, ArmHandler>;
