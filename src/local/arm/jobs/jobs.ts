import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { authenticate } from '../../http/authenticate.ts';
import { ServiceError, notBuilt, userError } from '../../http/service-error.ts';
import { JobFault } from '../../jobs/job-fault.ts';
import { isTerminal } from '../../jobs/job-status.ts';
import { isJobName } from '../../jobs/run-record.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { textMap } from '../assets/asset-handlers.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { resultHeaders } from '../operations.ts';
import { pageOf } from '../paging.ts';
import { childJobDocument, jobDocument } from './job-document.ts';
import { serviceProperties } from './job-properties.ts';
import { commandJobShape, pipelineJobShape } from './shapes.ts';

const pageSize = 100;

type Definition = Readonly<Record<string, unknown>>;

function requireRun(request: ArmRequest, services: TwinServices): StoredResource<RunRecord> {
  const name = parameter(request, 'job');
  const stored = services.runs.get(name);
  if (stored === undefined || stored.body.kind === 'mlflow')
    // Recorded: UserError with empty details.
    throw new ServiceError(404, 'UserError', `Job ${name} was not found in this workspace.`);
  return stored;
}

const unbuiltNodes = new Set([
  'parallel',
  'sweep',
  'automl',
  'spark',
  'import',
  'data_transfer',
  'if_else',
  'do_while',
  'parallel_for',
  'finetuning',
]);

/** Steps have no operations of their own here, as on the service. */
function requireJob(request: ArmRequest, services: TwinServices): StoredResource<RunRecord> {
  const stored = requireRun(request, services);
  if (stored.body.parentRunId !== null)
    throw userError(`${stored.body.runId} is a step of the pipeline ${stored.body.rootRunId}, and no job.`);
  return stored;
}

/** Nodes that Azure has and the twin has not: their members are no faults of the request. */
function checkNodeTypes(jobs: unknown): void {
  for (const [name, node] of Object.entries((jobs ?? {}) as Record<string, { type?: unknown } | null>)) {
    const type = node?.type;
    if (typeof type === 'string' && unbuiltNodes.has(type.toLowerCase()))
      throw notBuilt(`A pipeline node of type ${type} (jobs.${name})`);
  }
}

function jobBody(request: ArmRequest): Definition {
  const properties = (request.body as { properties?: { jobType?: unknown; jobs?: unknown } } | undefined)
    ?.properties;
  const type = properties?.jobType;
  switch (typeof type === 'string' ? type.toLowerCase() : undefined) {
    case 'command':
      return (readBody(request, commandJobShape) as { properties: Definition }).properties;
    case 'pipeline':
      checkNodeTypes(properties?.jobs);
      return (readBody(request, pipelineJobShape) as { properties: Definition }).properties;
    case 'sweep':
    case 'automl':
    case 'spark':
    case 'labeling':
    case 'finetuning':
    case 'distillation':
      throw notBuilt(`A job of type ${String(type)}`);
    default:
      throw userError(
        `The request is invalid: properties.jobType is ${JSON.stringify(type)}, expected Command or Pipeline.`,
        [{ code: 'RequestInvalid', message: 'properties.jobType is not a known type of job.' }],
      );
  }
}

/** Recorded: a missing part is a 404 `NotFound`, anything else a 400 `UserError`. */
function refusalOf(fault: JobFault): ServiceError {
  switch (fault.kind) {
    case 'missing':
      return new ServiceError(404, 'NotFound', fault.message);
    case 'unknown':
      return notBuilt(fault.message);
    case 'invalid':
      break;
  }
  return userError(fault.message, [{ code: 'RequestInvalid', message: fault.message }]);
}

/** The caller's own token for what runs in a job: needed for the user's identity, checked wherever it is sent. */
function checkUserToken(request: ArmRequest, definition: Definition, services: TwinServices): void {
  const given = request.headers['x-azureml-token'];
  const identity = (definition['identity'] as { identityType?: string } | null | undefined)?.identityType;
  if (given === undefined) {
    if (identity?.toLowerCase() === 'useridentity')
      throw userError('A job with a user identity needs the header x-azureml-token.');
    return;
  }
  const token = Array.isArray(given) ? given[0] : given;
  authenticate(`Bearer ${token}`, {
    identity: services.identity,
    port: services.port(),
    now: services.now(),
    surface: 'job-token',
  });
}

const changeable = new Set([
  'displayName',
  'description',
  'tags',
  'properties',
  'isArchived',
  'status',
  'services',
  'experimentName',
  'outputs',
]);

/** Whether a value still says all that it said before: what a client read and sends back says more. */
function stillSays(before: unknown, after: unknown): boolean {
  if (before === null || before === undefined || before === '') return true;
  if (typeof before !== 'object' || typeof after !== 'object' || after === null || Array.isArray(before))
    return isDeepStrictEqual(before, after);
  return Object.entries(before).every(([key, value]) =>
    stillSays(value, (after as Record<string, unknown>)[key]),
  );
}

/** A job's texts, tags and archived state can be changed; what it runs cannot. */
function update(known: StoredResource<RunRecord>, definition: Definition, services: TwinServices) {
  const before = known.body.definition ?? {};
  const changed = Object.keys(definition).filter(
    (key) => !changeable.has(key) && !stillSays(before[key], definition[key]),
  );
  if (changed.length > 0)
    throw userError(
      `The job ${known.body.runId} exists: only its display name, description, tags, properties and archived state can be changed, not ${changed.join(', ')}.`,
    );
  return services.runs.update(known.body.runId, (run) => ({
    displayName: (definition['displayName'] as string | null | undefined) ?? run.displayName,
    description: (definition['description'] as string | null | undefined) ?? run.description,
    tags: definition['tags'] === undefined ? run.tags : textMap(definition['tags']),
    properties: { ...run.properties, ...textMap(definition['properties']) },
    hidden: (definition['isArchived'] as boolean | null | undefined) ?? run.hidden,
  }));
}

const put: ArmHandler = (request, services) => {
  const name = parameter(request, 'job');
  if (!isJobName(name))
    throw userError(
      `The job name "${name}" is invalid: 1 to 255 letters, digits, '-' or '_', starting with a letter or digit.`,
    );
  const definition = jobBody(request);
  checkUserToken(request, definition, services);
  const known = services.runs.get(name);
  if (known !== undefined) {
    if (known.body.parentRunId !== null) throw userError(`${name} is a step of a pipeline, and no job.`);
    if (known.body.kind === 'mlflow') throw userError(`${name} is a run that MLflow began, and no job.`);
    const stored = update(known, definition, services) ?? known;
    return { status: 200, body: jobDocument(services, stored) };
  }
  let stored: StoredResource<RunRecord>;
  try {
    stored = services.jobs.submit({
      name,
      definition,
      experimentName: (definition['experimentName'] as string | null | undefined) ?? 'Default',
      displayName:
        (definition['displayName'] as string | null | undefined) ?? `job_${randomBytes(4).toString('hex')}`,
      description: (definition['description'] as string | null | undefined) ?? null,
      tags: textMap(definition['tags']),
      properties: { ...textMap(definition['properties']), ...serviceProperties(definition) },
      hidden: definition['isArchived'] === true,
    });
  } catch (error) {
    throw error instanceof JobFault ? refusalOf(error) : error;
  }
  return {
    status: 201,
    body: jobDocument(services, stored),
    headers: { location: `${request.baseUrl}${request.url}` },
  };
};

const cancel: ArmHandler = (request, services) => {
  const { body: run } = requireJob(request, services);
  // Recorded: a pipeline that has ended refuses, a command that has ended does not mind.
  if (isTerminal(run.status)) {
    if (run.kind === 'pipeline')
      throw userError(`The pipeline ${run.runId} is ${run.status} and cannot be canceled.`);
    return { status: 200 };
  }
  const operationId = services.operations.createId('job.cancel');
  services.jobs.cancel(run.runId);
  services.operations.start(operationId, 'job.cancel', `jobs/${run.runId}`);
  return {
    status: 202,
    body: '',
    headers: { ...resultHeaders(request, services, operationId), 'x-ms-async-operation-timeout': 'PT1H' },
  };
};

const remove: ArmHandler = (request, services) => {
  if (services.runs.get(parameter(request, 'job')) === undefined) return { status: 204 };
  const { body: run } = requireJob(request, services);
  if (!isTerminal(run.status))
    throw userError(`The job ${run.runId} is ${run.status}: cancel it before it is deleted.`);
  const operationId = services.operations.createId('job.delete');
  services.operations.start(operationId, 'job.delete', `jobs/${run.runId}`);
  return { status: 202, headers: resultHeaders(request, services, operationId) };
};

function matchesTag(run: RunRecord, tag: string): boolean {
  const [key = '', value] = tag.split(/=(.*)/s);
  return run.tags[key] !== undefined && (value === undefined || run.tags[key] === value);
}

const list: ArmHandler = (request, services) => {
  const view = (request.query.get('listViewType') ?? 'ActiveOnly').toLowerCase();
  if (!['activeonly', 'archivedonly', 'all'].includes(view))
    throw userError(
      `listViewType is "${request.query.get('listViewType')}", expected ActiveOnly, ArchivedOnly or All.`,
    );
  const type = request.query.get('jobType')?.toLowerCase();
  const tag = request.query.get('tag');
  const jobs = services.runs
    .jobs()
    .filter(
      ({ body: run }) =>
        (view === 'all' || run.hidden === (view === 'archivedonly')) &&
        (type === undefined || run.kind === type) &&
        (tag === null || matchesTag(run, tag)),
    )
    .toReversed();
  const page = pageOf(request, jobs, pageSize);
  const value = page.items.map((stored) => jobDocument(services, stored));
  return {
    status: 200,
    body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
  };
};

export const jobHandlers = {
  'job.list': list,
  'job.get': (request, services) => {
    const stored = requireRun(request, services);
    return {
      status: 200,
      body:
        stored.body.parentRunId === null ? jobDocument(services, stored) : childJobDocument(services, stored),
    };
  },
  'job.put': put,
  'job.delete': remove,
  'job.cancel': cancel,
} as const satisfies Record<string, ArmHandler>;
