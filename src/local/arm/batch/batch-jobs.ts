import { randomUUID } from 'node:crypto';
import { ServiceError, notBuilt, userError } from '../../http/service-error.ts';
import { JobFault } from '../../jobs/job-fault.ts';
import type { RunRecord } from '../../jobs/run-record.ts';
import type { TwinServices } from '../../services.ts';
import { resourceKey } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest, ArmResponse } from '../handler.ts';
import { pageOf } from '../paging.ts';
import { parseComponentReference, workspaceId } from '../resource-ids.ts';
import { requireBatchDeployment } from './batch-deployments.ts';
import { requireBatchEndpoint } from './batch-endpoints.ts';
import { batchJobDefinition } from './batch-job-definition.ts';
import type { Invocation, InvokeInput, InvokeOutput } from './batch-job-definition.ts';
import { batchJobDocument } from './batch-job-document.ts';
import { modelJobDefinition } from './model-job-definition.ts';
import type { BatchDeploymentRecord, ComponentBatchSpec } from './records.ts';
import { invokeShape } from './shapes.ts';

const pageSize = 50;
/** The id by which a client repeats a request whose answer was lost: kept with the job, so that it is made once. */
const requestIdProperty = 'azureml.repeatabilityrequestid';

function headerOf(request: ArmRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function deploymentOf(
  request: ArmRequest,
  services: TwinServices,
): { readonly endpoint: string; readonly deployment: BatchDeploymentRecord } {
  const { body: endpoint } = requireBatchEndpoint(request, services);
  const name = headerOf(request, 'azureml-model-deployment') ?? endpoint.defaultDeployment;
  if (name === null)
    throw userError(
      `The batch endpoint ${endpoint.name} has no default deployment, and the request names none.`,
    );
  const { body: deployment } = requireBatchDeployment(
    { ...request, parameters: { ...request.parameters, deployment: name } },
    services,
  );
  return { endpoint: endpoint.name, deployment };
}

function componentOf(spec: ComponentBatchSpec, services: TwinServices): Readonly<Record<string, unknown>> {
  const reference = parseComponentReference(services.identity, spec.componentId);
  const found =
    reference?.source === 'workspace'
      ? services.tables.componentVersions.get(reference.name, reference.version)?.body.componentSpec
      : undefined;
  if (found === undefined) throw notBuilt(`A batch job of the component ${spec.componentId}`);
  return found;
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof JobFault)) return error;
  if (error.kind === 'unknown') return notBuilt(error.message);
  return error.kind === 'missing'
    ? new ServiceError(404, 'NotFound', error.message)
    : userError(error.message, [{ code: 'RequestInvalid', message: error.message }]);
}

function accepted(services: TwinServices, run: StoredResource<RunRecord>): ArmResponse {
  const { tags } = run.body;
  const deployment = tags['azureml.deploymentname'] ?? '';
  // As recorded, the address of the deployment, not of the job.
  const path = `${workspaceId(services.identity)}/batchEndpoints/${tags['azureml.endpointname']}/deployments/${deployment}`;
  return {
    status: 201,
    body: batchJobDocument(services, run),
    headers: {
      'azureml-model-deployment': deployment,
      location: `${services.endpoint()}/mferp/managementfrontend${path}?api-version=2020-09-01-dataplanepreview`,
    },
  };
}

const invoke: ArmHandler = (request, services) => {
  const { endpoint, deployment } = deploymentOf(request, services);
  const repeated =
    headerOf(request, 'repeatability_request-id') ?? headerOf(request, 'repeatability-request-id');
  const known =
    repeated === undefined
      ? undefined
      : jobsOf(services, endpoint).find(({ body }) => body.properties[requestIdProperty] === repeated);
  if (known !== undefined) return accepted(services, known);
  const { properties } = readBody(request, invokeShape) as {
    properties: {
      inputData?: Readonly<Record<string, InvokeInput>> | null;
      outputData?: Readonly<Record<string, InvokeOutput>> | null;
    };
  };
  const invocation: Invocation = { inputs: properties.inputData ?? {}, outputs: properties.outputData ?? {} };
  const { spec } = deployment;
  const definition =
    spec.kind === 'model'
      ? modelJobDefinition(deployment, spec, invocation)
      : batchJobDefinition(spec, componentOf(spec, services), invocation);
  const name = `batchjob-${randomUUID()}`;
  try {
    const stored = services.jobs.submit({
      name,
      definition,
      experimentName: endpoint,
      displayName: `${endpoint}-${name.slice(-8)}`,
      description: deployment.description,
      tags: {
        'azureml.batchrun': 'true',
        'azureml.endpointname': endpoint,
        'azureml.deploymentname': deployment.name,
        // By this clients know where the rows are: of a pipeline in the job itself, otherwise in a step of it.
        'azureml.jobtype': spec.kind === 'model' ? 'azureml.batchjob' : 'azureml.pipelinejob',
        inputType: Object.values(invocation.inputs)[0]?.jobInputType ?? '',
        outputType: Object.values(invocation.outputs)[0]?.jobOutputType ?? '',
      },
      properties: {
        'azureml.deploymentname': deployment.name,
        ...(spec.kind === 'model'
          ? { 'aml-deit.simulated': 'scored by the local twin, not by Azure ML' }
          : {}),
        ...(repeated === undefined ? {} : { [requestIdProperty]: repeated }),
      },
    });
    return accepted(services, stored);
  } catch (error) {
    throw refusalOf(error);
  }
};

function jobsOf(services: TwinServices, endpoint: string, deployment?: string): StoredResource<RunRecord>[] {
  return services.runs
    .jobs()
    .filter(
      ({ body: { tags } }) =>
        tags['azureml.batchrun'] === 'true' &&
        resourceKey(tags['azureml.endpointname'] ?? '') === resourceKey(endpoint) &&
        (deployment === undefined ||
          resourceKey(tags['azureml.deploymentname'] ?? '') === resourceKey(deployment)),
    )
    .toReversed();
}

function listed(
  request: ArmRequest,
  services: TwinServices,
  jobs: readonly StoredResource<RunRecord>[],
): ArmResponse {
  const page = pageOf(request, jobs, pageSize);
  const value = page.items.map((run) => batchJobDocument(services, run));
  return {
    status: 200,
    body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
  };
}

export const batchJobHandlers = {
  'batch.invoke': invoke,
  'batch.job.get': (request, services) => {
    const { body: endpoint } = requireBatchEndpoint(request, services);
    const name = parameter(request, 'job');
    const run = jobsOf(services, endpoint.name).find(({ body }) => body.runId === name);
    if (run === undefined)
      throw new ServiceError(404, 'NotFound', `The batch endpoint ${endpoint.name} has no job ${name}.`);
    return { status: 200, body: batchJobDocument(services, run) };
  },
  'batchEndpoint.jobs.list': (request, services) => {
    const { body: endpoint } = requireBatchEndpoint(request, services);
    return listed(request, services, jobsOf(services, endpoint.name));
  },
  'batchDeployment.jobs.list': (request, services) => {
    const { body: deployment } = requireBatchDeployment(request, services);
    return listed(request, services, jobsOf(services, deployment.endpointName, deployment.name));
  },
} as const satisfies Record<string, ArmHandler>;
