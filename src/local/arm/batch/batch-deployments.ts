import { formatDuration, parseDurationMs } from '../../http/duration.ts';
import { ServiceError, userError } from '../../http/service-error.ts';
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
import { batchTarget, refuseWhileBatchBusy, requireBatchEndpoint } from './batch-endpoints.ts';
import { batchSpecOf } from './batch-spec.ts';
import type { BatchDeploymentBody } from './batch-spec.ts';
import type { BatchDeploymentRecord } from './records.ts';
import { batchDeploymentPatchShape, batchDeploymentShape } from './shapes.ts';

const pageSize = 100;
const defaultRetryTimeoutMs = 30_000;

export function requireBatchDeployment(
  request: ArmRequest,
  services: TwinServices,
): StoredResource<BatchDeploymentRecord> {
  const endpoint = requireBatchEndpoint(request, services);
  const name = parameter(request, 'deployment');
  const stored = services.tables.batchDeployments.get(endpoint.name, resourceKey(name));
  if (stored === undefined)
    throw new ServiceError(404, 'NotFound', `Batch deployment ${name} was not found.`, {
      details: [
        { code: 'NoSuchDeployment', message: `There is no deployment ${name} in ${endpoint.body.name}.` },
      ],
    });
  return stored;
}

function document(
  request: ArmRequest,
  services: TwinServices,
  stored: StoredResource<BatchDeploymentRecord>,
): object {
  const { body: record } = stored;
  const { spec } = record;
  const isModel = spec.kind === 'model';
  return {
    id: `${workspaceId(services.identity)}/batchEndpoints/${record.endpointName}/deployments/${record.name}`,
    name: record.name,
    type: resourceType('batchEndpoints/deployments'),
    location: record.location,
    tags: record.tags,
    properties: {
      description: record.description,
      model: isModel ? { referenceType: 'Id', assetId: spec.modelId } : null,
      compute: isModel ? spec.compute : null,
      environmentId: isModel ? spec.environmentId : null,
      environmentVariables: isModel ? spec.environmentVariables : null,
      codeConfiguration: isModel ? spec.codeConfiguration : null,
      ...(isModel
        ? {}
        : {
            deploymentConfiguration: {
              deploymentConfigurationType: 'PipelineComponent',
              componentId: { referenceType: 'Id', assetId: spec.componentId },
              settings: spec.settings,
              description: spec.description,
              tags: spec.tags,
            },
          }),
      resources: { instanceCount: record.instanceCount, instanceType: null, properties: null },
      miniBatchSize: record.miniBatchSize,
      maxConcurrencyPerInstance: record.maxConcurrencyPerInstance,
      errorThreshold: record.errorThreshold,
      retrySettings: { maxRetries: record.maxRetries, timeout: formatDuration(record.retryTimeoutMs) },
      loggingLevel: record.loggingLevel,
      outputAction: record.outputAction,
      outputFileName: record.outputAction === 'AppendRow' ? record.outputFileName : null,
      provisioningState: record.provisioningState,
      properties: {
        ...record.properties,
        AzureAsyncOperationUri: statusUrl(request, services, record.operationId),
      },
    },
    systemData: systemData(services.identity, stored),
  };
}

const levels = { info: 'Info', warning: 'Warning', debug: 'Debug' } as const;

const put: ArmHandler = (request, services) => {
  const endpoint = requireBatchEndpoint(request, services);
  const name = parameter(request, 'deployment');
  checkResourceName('deployment', name);
  const body = readBody(request, batchDeploymentShape) as BatchDeploymentBody;
  const { properties } = body;
  refuseWhileBatchBusy(services, batchTarget(endpoint.name, name));
  if (endpoint.body.provisioningState === 'Deleting')
    throw userError(`The batch endpoint ${endpoint.body.name} is being deleted.`);
  const spec = batchSpecOf(body, services);
  const known = services.tables.batchDeployments.get(endpoint.name, resourceKey(name))?.body;
  const level = (properties.loggingLevel ?? 'info').toLowerCase() as keyof typeof levels;
  const operationId = services.operations.createId('batchDeployment.put');
  const { stored } = services.tables.batchDeployments.put(endpoint.name, resourceKey(name), {
    endpointName: endpoint.body.name,
    name: known?.name ?? name,
    location: body.location,
    tags: textMap(body.tags),
    description: properties.description ?? null,
    properties: callerProperties(properties.properties),
    spec,
    instanceCount: properties.resources?.instanceCount ?? 1,
    miniBatchSize: properties.miniBatchSize ?? 10,
    maxConcurrencyPerInstance: properties.maxConcurrencyPerInstance ?? 1,
    errorThreshold: properties.errorThreshold ?? -1,
    maxRetries: properties.retrySettings?.maxRetries ?? 3,
    retryTimeoutMs: parseDurationMs(properties.retrySettings?.timeout ?? '') ?? defaultRetryTimeoutMs,
    loggingLevel: levels[level],
    outputAction: /^summary/i.test(properties.outputAction ?? '') ? 'SummaryOnly' : 'AppendRow',
    outputFileName: properties.outputFileName ?? 'predictions.csv',
    provisioningState: known === undefined ? 'Creating' : 'Updating',
    operationId,
  });
  services.operations.start(operationId, 'batchDeployment.put', batchTarget(endpoint.name, name));
  return {
    status: known === undefined ? 201 : 200,
    body: document(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const patch: ArmHandler = (request, services) => {
  const { body: known } = requireBatchDeployment(request, services);
  const body = readBody(request, batchDeploymentPatchShape) as {
    tags?: unknown;
    properties?: { description?: string | null } | null;
  };
  const target = batchTarget(known.endpointName, known.name);
  refuseWhileBatchBusy(services, target);
  const operationId = services.operations.createId('batchDeployment.put');
  const { stored } = services.tables.batchDeployments.put(
    resourceKey(known.endpointName),
    resourceKey(known.name),
    {
      ...known,
      tags: body.tags === undefined || body.tags === null ? known.tags : textMap(body.tags),
      description: body.properties?.description ?? known.description,
      provisioningState: 'Updating',
      operationId,
    },
  );
  services.operations.start(operationId, 'batchDeployment.put', target);
  return {
    status: 202,
    body: document(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const remove: ArmHandler = (request, services) => {
  const endpoint = requireBatchEndpoint(request, services);
  const key = resourceKey(parameter(request, 'deployment'));
  const known = services.tables.batchDeployments.get(endpoint.name, key)?.body;
  if (known === undefined) return { status: 204 };
  refuseWhileBatchBusy(services, batchTarget(endpoint.name, key));
  const operationId = services.operations.createId('batchDeployment.delete');
  services.tables.batchDeployments.put(endpoint.name, key, {
    ...known,
    provisioningState: 'Deleting',
    operationId,
  });
  services.operations.start(operationId, 'batchDeployment.delete', batchTarget(endpoint.name, key));
  return { status: 202, headers: acceptedHeaders(request, services, operationId, 'result') };
};

export const batchDeploymentHandlers = {
  'batchDeployment.list': (request, services) => {
    const endpoint = requireBatchEndpoint(request, services);
    const page = pageOf(request, services.tables.batchDeployments.list(endpoint.name), pageSize);
    const value = page.items.map((stored) => document(request, services, stored));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'batchDeployment.get': (request, services) => ({
    status: 200,
    body: document(request, services, requireBatchDeployment(request, services)),
  }),
  'batchDeployment.put': put,
  'batchDeployment.patch': patch,
  'batchDeployment.delete': remove,
} as const satisfies Record<string, ArmHandler>;
