import { ServiceError, conflict, userError } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import { resourceKey } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { textMap } from '../assets/asset-handlers.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { callerProperties, checkResourceName } from '../online/online-endpoints.ts';
import { acceptedHeaders, statusUrl } from '../operations.ts';
import { pageOf } from '../paging.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { systemData } from '../system-data.ts';
import type { BatchEndpointRecord } from './records.ts';
import { batchEndpointPatchShape, batchEndpointShape } from './shapes.ts';

const pageSize = 100;

export function batchTarget(endpoint: string, deployment?: string): string {
  const base = `batch/${resourceKey(endpoint)}`;
  return deployment === undefined ? base : `${base}/${resourceKey(deployment)}`;
}

/** Code and detail as recorded: `NotFound`, `NoSuchEndpoint`. */
export function requireBatchEndpoint(
  request: ArmRequest,
  services: TwinServices,
): StoredResource<BatchEndpointRecord> {
  const name = parameter(request, 'endpoint');
  const stored = services.tables.batchEndpoints.get('', resourceKey(name));
  if (stored === undefined)
    throw new ServiceError(404, 'NotFound', `Batch endpoint ${name} was not found.`, {
      details: [{ code: 'NoSuchEndpoint', message: `There is no batch endpoint ${name} in this workspace.` }],
    });
  return stored;
}

/** One operation at a time on an endpoint or deployment; with `below` also on what lies in it. */
export function refuseWhileBatchBusy(services: TwinServices, target: string, below = false): void {
  const busy = services.operations.openOn(target, below);
  if (busy !== undefined)
    throw conflict(`An operation (${busy.kind}) on ${busy.target} is in progress: wait until it has ended.`);
}

interface EndpointBody {
  readonly location: string;
  readonly tags?: unknown;
  readonly identity?: { readonly type?: string | null } | null;
  readonly properties: {
    readonly description?: string | null;
    readonly properties?: unknown;
    readonly defaults?: { readonly deploymentName?: string | null } | null;
  };
}

function defaultOf(
  services: TwinServices,
  endpoint: string,
  defaults: EndpointBody['properties']['defaults'],
): string | null {
  const name = defaults?.deploymentName ?? null;
  if (name === null || name === '') return null;
  if (services.tables.batchDeployments.get(resourceKey(endpoint), resourceKey(name)) === undefined)
    throw userError(`The default deployment "${name}" does not exist in the endpoint ${endpoint}.`, [
      { code: 'DeploymentNotFound', message: `Deployment ${name} not found.` },
    ]);
  return name;
}

function document(
  request: ArmRequest,
  services: TwinServices,
  stored: StoredResource<BatchEndpointRecord>,
): object {
  const { identity } = services;
  const record = stored.body;
  return {
    id: `${workspaceId(identity)}/batchEndpoints/${record.name}`,
    name: record.name,
    type: resourceType('batchEndpoints'),
    location: record.location,
    tags: record.tags,
    identity: { type: record.identityType, principalId: identity.objectId, tenantId: identity.tenantId },
    properties: {
      authMode: 'AADToken',
      description: record.description,
      defaults: { deploymentName: record.defaultDeployment },
      provisioningState: record.provisioningState,
      scoringUri: record.createdOnce ? `${services.endpoint()}/batch/${resourceKey(record.name)}/jobs` : null,
      swaggerUri: null,
      properties: {
        ...record.properties,
        BatchEndpointCreationApiVersion: request.apiVersion,
        'azureml.onlineendpointid': `${workspaceId(identity)}/batchendpoints/${resourceKey(record.name)}`,
        AzureAsyncOperationUri: statusUrl(request, services, record.operationId),
      },
    },
    systemData: systemData(identity, stored),
  };
}

const put: ArmHandler = (request, services) => {
  const name = parameter(request, 'endpoint');
  checkResourceName('endpoint', name);
  const body = readBody(request, batchEndpointShape) as EndpointBody;
  refuseWhileBatchBusy(services, batchTarget(name));
  const known = services.tables.batchEndpoints.get('', resourceKey(name))?.body;
  const operationId = services.operations.createId('batchEndpoint.put');
  const { stored } = services.tables.batchEndpoints.put('', resourceKey(name), {
    name: known?.name ?? name,
    location: body.location,
    tags: textMap(body.tags),
    identityType: body.identity?.type ?? known?.identityType ?? 'None',
    description: body.properties.description ?? '',
    properties: callerProperties(body.properties.properties),
    defaultDeployment: defaultOf(services, name, body.properties.defaults),
    provisioningState: known === undefined ? 'Creating' : 'Updating',
    operationId,
    createdOnce: known?.createdOnce ?? false,
  });
  services.operations.start(operationId, 'batchEndpoint.put', batchTarget(name));
  return {
    status: known === undefined ? 201 : 200,
    body: document(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const patch: ArmHandler = (request, services) => {
  const { body: known } = requireBatchEndpoint(request, services);
  const body = readBody(request, batchEndpointPatchShape) as {
    tags?: unknown;
    identity?: { type?: string | null } | null;
    properties?: Pick<EndpointBody['properties'], 'defaults' | 'description'> | null;
  };
  refuseWhileBatchBusy(services, batchTarget(known.name));
  const defaults = body.properties?.defaults;
  const operationId = services.operations.createId('batchEndpoint.put');
  const { stored } = services.tables.batchEndpoints.put('', resourceKey(known.name), {
    ...known,
    tags: body.tags === undefined || body.tags === null ? known.tags : textMap(body.tags),
    identityType: body.identity?.type ?? known.identityType,
    description: body.properties?.description ?? known.description,
    defaultDeployment:
      defaults === undefined ? known.defaultDeployment : defaultOf(services, known.name, defaults),
    provisioningState: 'Updating',
    operationId,
  });
  services.operations.start(operationId, 'batchEndpoint.put', batchTarget(known.name));
  return {
    status: 202,
    body: document(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const remove: ArmHandler = (request, services) => {
  const name = parameter(request, 'endpoint');
  const known = services.tables.batchEndpoints.get('', resourceKey(name));
  if (known === undefined) return { status: 204 };
  refuseWhileBatchBusy(services, batchTarget(name), true);
  const operationId = services.operations.createId('batchEndpoint.delete');
  services.tables.batchEndpoints.put('', known.name, {
    ...known.body,
    provisioningState: 'Deleting',
    operationId,
  });
  services.operations.start(operationId, 'batchEndpoint.delete', batchTarget(name));
  return { status: 202, headers: acceptedHeaders(request, services, operationId, 'result') };
};

export const batchEndpointHandlers = {
  'batchEndpoint.list': (request, services) => {
    const page = pageOf(request, services.tables.batchEndpoints.list(''), pageSize);
    const value = page.items.map((stored) => document(request, services, stored));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'batchEndpoint.get': (request, services) => ({
    status: 200,
    body: document(request, services, requireBatchEndpoint(request, services)),
  }),
  'batchEndpoint.put': put,
  'batchEndpoint.patch': patch,
  'batchEndpoint.delete': remove,
  // Batch endpoints have no keys: they take Microsoft Entra tokens only.
  'batchEndpoint.listKeys': (request, services) => {
    requireBatchEndpoint(request, services);
    return { status: 200, body: { primaryKey: null, secondaryKey: null } };
  },
} as const satisfies Record<string, ArmHandler>;
