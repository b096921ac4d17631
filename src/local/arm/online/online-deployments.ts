import { conflict, notFound, userError } from '../../http/service-error.ts';
import { formatDuration } from '../../http/duration.ts';
import type { TwinServices } from '../../services.ts';
import { resourceKey } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { textMap } from '../assets/asset-handlers.ts';
import { deploymentSpec, probeDocument, sameExceptCount } from './deployment-spec.ts';
import type { DeploymentBody } from './deployment-spec.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { callerProperties, checkResourceName, requireEndpoint } from './online-endpoints.ts';
import { acceptedHeaders, statusUrl } from '../operations.ts';
import { pageOf } from '../paging.ts';
import type { DeploymentSpec, OnlineDeploymentRecord, OnlineEndpointRecord } from './records.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { getLogsShape, onlineDeploymentPatchShape, onlineDeploymentShape } from './shapes.ts';
import { systemData } from '../system-data.ts';

const pageSize = 100;
const maxDeployments = 20;
const maxInstances = 50;
const defaultLogLines = 5000;

function requireDeployment(
  request: ArmRequest,
  services: TwinServices,
): StoredResource<OnlineDeploymentRecord> {
  const endpoint = requireEndpoint(request, services);
  const name = parameter(request, 'deployment');
  const stored = services.tables.deployments.get(endpoint.name, resourceKey(name));
  if (stored === undefined)
    throw notFound(
      `Deployment ${name} of online endpoint ${endpoint.body.name} not found.`,
      'NoSuchDeployment',
    );
  return stored;
}

function targetOf(endpoint: string, deployment: string): string {
  return `${resourceKey(endpoint)}/${resourceKey(deployment)}`;
}

/** One operation at a time on a deployment, and none while its endpoint goes away. */
function refuseWhileBusy(services: TwinServices, endpoint: OnlineEndpointRecord, deployment: string): void {
  const busy = services.operations.openOn(targetOf(endpoint.name, deployment));
  if (busy !== undefined)
    throw conflict(`An operation (${busy.kind}) on ${busy.target} is in progress: wait until it has ended.`);
  if (endpoint.provisioningState === 'Deleting')
    throw conflict(`The online endpoint ${endpoint.name} is being deleted.`);
}

function deploymentDocument(
  request: ArmRequest,
  services: TwinServices,
  stored: StoredResource<OnlineDeploymentRecord>,
): object {
  const { identity } = services;
  const record = stored.body;
  const { spec } = record;
  const id = `${workspaceId(identity)}/onlineEndpoints/${record.endpointName}/deployments/${record.name}`;
  return {
    id,
    name: record.name,
    type: resourceType('onlineEndpoints/deployments'),
    location: record.location,
    kind: 'Managed',
    tags: record.tags,
    sku: { name: 'Default', tier: 'Standard', capacity: spec.instanceCount },
    properties: {
      endpointComputeType: 'Managed',
      provisioningState: record.provisioningState,
      description: record.description,
      model: spec.model,
      modelMountPath: spec.modelMountPath,
      environmentId: spec.environmentId,
      environmentVariables: spec.environmentVariables,
      codeConfiguration: spec.codeConfiguration ?? null,
      instanceType: spec.instanceType,
      appInsightsEnabled: record.appInsightsEnabled,
      egressPublicNetworkAccess: record.egressPublicNetworkAccess,
      dataCollector: record.dataCollector,
      scaleSettings: { scaleType: 'Default' },
      requestSettings: {
        requestTimeout: formatDuration(spec.requestTimeoutMs),
        maxConcurrentRequestsPerInstance: spec.maxConcurrentRequestsPerInstance,
        maxQueueWait: formatDuration(spec.maxQueueWaitMs),
      },
      livenessProbe: probeDocument(spec.liveness),
      readinessProbe: probeDocument(spec.readiness),
      properties: {
        ...record.properties,
        AzureAsyncOperationUri: statusUrl(request, services, record.operationId),
      },
    },
    systemData: systemData(identity, stored),
  };
}

/** A revision is a spec that needs its own processes; another number of instances is none. */
function nextRevision(known: OnlineDeploymentRecord | undefined, spec: DeploymentSpec): number {
  if (known === undefined) return 1;
  // A deployment that failed is tried again from the start, under a new number.
  const keep = known.provisioningState !== 'Failed' && sameExceptCount(known.spec, spec);
  return keep ? known.revision : known.revision + 1;
}

const put: ArmHandler = (request, services) => {
  const endpoint = requireEndpoint(request, services);
  const name = parameter(request, 'deployment');
  checkResourceName('deployment', name);
  const body = readBody(request, onlineDeploymentShape) as DeploymentBody;
  refuseWhileBusy(services, endpoint.body, name);
  const key = resourceKey(name);
  const known = services.tables.deployments.get(endpoint.name, key)?.body;
  if (known === undefined && services.tables.deployments.list(endpoint.name).length >= maxDeployments)
    throw userError(
      `The endpoint ${endpoint.body.name} has ${maxDeployments} deployments, which is the limit.`,
    );
  const spec = deploymentSpec(body, services);
  const operationId = services.operations.createId('onlineDeployment.put');
  const stored = services.tables.deployments.put(endpoint.name, key, {
    endpointName: endpoint.body.name,
    name: known?.name ?? name,
    location: body.location,
    tags: textMap(body.tags),
    description: body.properties.description ?? null,
    properties: callerProperties(body.properties.properties),
    appInsightsEnabled: body.properties.appInsightsEnabled ?? false,
    egressPublicNetworkAccess: body.properties.egressPublicNetworkAccess ?? 'Enabled',
    dataCollector: body.properties.dataCollector ?? null,
    provisioningState: known === undefined ? 'Creating' : 'Updating',
    spec,
    revision: nextRevision(known, spec),
    served: known?.served ?? null,
    operationId,
  }).stored;
  services.operations.start(operationId, 'onlineDeployment.put', targetOf(endpoint.name, key));
  return {
    status: known === undefined ? 201 : 200,
    body: deploymentDocument(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const patch: ArmHandler = (request, services) => {
  const { body: known } = requireDeployment(request, services);
  const endpoint = requireEndpoint(request, services);
  const body = readBody(request, onlineDeploymentPatchShape) as {
    tags?: unknown;
    sku?: { capacity?: number | null } | null;
  };
  refuseWhileBusy(services, endpoint.body, known.name);
  const spec = { ...known.spec, instanceCount: body.sku?.capacity ?? known.spec.instanceCount };
  const operationId = services.operations.createId('onlineDeployment.put');
  const stored = services.tables.deployments.put(endpoint.name, resourceKey(known.name), {
    ...known,
    tags: body.tags === undefined || body.tags === null ? known.tags : textMap(body.tags),
    spec,
    revision: nextRevision(known, spec),
    provisioningState: 'Updating',
    operationId,
  }).stored;
  services.operations.start(operationId, 'onlineDeployment.put', targetOf(endpoint.name, known.name));
  return {
    status: 202,
    body: deploymentDocument(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const remove: ArmHandler = (request, services) => {
  const endpoint = requireEndpoint(request, services);
  const key = resourceKey(parameter(request, 'deployment'));
  const known = services.tables.deployments.get(endpoint.name, key)?.body;
  if (known === undefined) return { status: 204 };
  refuseWhileBusy(services, endpoint.body, known.name);
  const weight = endpoint.body.traffic[key] ?? 0;
  if (weight > 0)
    throw userError(`The deployment ${known.name} takes ${weight} % of the traffic and cannot be deleted.`, [
      { code: 'BadArgument', message: 'Set its traffic to zero first.' },
    ]);
  const operationId = services.operations.createId('onlineDeployment.delete');
  services.tables.deployments.put(endpoint.name, key, {
    ...known,
    provisioningState: 'Deleting',
    operationId,
  });
  services.operations.start(operationId, 'onlineDeployment.delete', targetOf(endpoint.name, key));
  return { status: 202, headers: acceptedHeaders(request, services, operationId, 'result') };
};

export const onlineDeploymentHandlers = {
  'onlineDeployment.list': (request, services) => {
    const endpoint = requireEndpoint(request, services);
    const page = pageOf(request, services.tables.deployments.list(endpoint.name), pageSize);
    const value = page.items.map((stored) => deploymentDocument(request, services, stored));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'onlineDeployment.get': (request, services) => ({
    status: 200,
    body: deploymentDocument(request, services, requireDeployment(request, services)),
  }),
  'onlineDeployment.put': put,
  'onlineDeployment.patch': patch,
  'onlineDeployment.delete': remove,
  'onlineDeployment.getLogs': (request, services) => {
    const { body: deployment } = requireDeployment(request, services);
    const body = readBody(request, getLogsShape) as { containerType?: string | null; tail?: number | null };
    const container =
      body.containerType?.toLowerCase() === 'storageinitializer' ? 'storage-initializer' : 'inference-server';
    const content = services.runtime.readLogs(deployment, container, body.tail ?? defaultLogLines);
    return { status: 200, body: { content } };
  },
  'onlineDeployment.skus': (request, services) => {
    requireDeployment(request, services);
    return {
      status: 200,
      body: {
        value: [
          {
            resourceType: resourceType('onlineEndpoints/deployments'),
            sku: { name: 'Default', tier: 'Standard' },
            capacity: { minimum: 1, maximum: maxInstances, default: 1, scaleType: 'Automatic' },
          },
        ],
      },
    };
  },
} as const satisfies Record<string, ArmHandler>;
