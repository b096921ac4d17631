import { findVmSize } from '../../../card/index.ts';
import { formatDuration, parseDurationMs } from '../../http/duration.ts';
import { ServiceError, conflict, notBuilt, userError } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import { resourceKey } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { textMap } from '../assets/asset-handlers.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest, ArmResponse } from '../handler.ts';
import { locationPath, resourceType, workspaceId } from '../resource-ids.ts';
import { pageOf } from '../paging.ts';
import { isoTime } from '../system-data.ts';
import { quotaShortfall } from './quotas.ts';
import type { ComputeRecord } from './records.ts';
import { computePatchShape, computeShape } from './shapes.ts';

const pageSize = 100;
const pollAgainMs = '200';
/** 2 to 24 characters, as the service's portal and clients have it; the id `serverless` is the service's own. */
const namePattern = /^[a-zA-Z][a-zA-Z0-9-]{0,22}[a-zA-Z0-9]$/;
const reservedNames = new Set(['serverless', 'local']);
const defaultIdle = 'PT120S';
const maxNodesDefault = 1;

interface ScaleBody {
  readonly minNodeCount?: number | null;
  readonly maxNodeCount?: number | null;
  readonly nodeIdleTimeBeforeScaleDown?: string | null;
}

interface ComputeBody {
  readonly location: string;
  readonly tags?: unknown;
  readonly identity?: unknown;
  readonly properties: {
    readonly computeType: string;
    readonly description?: string | null;
    readonly disableLocalAuth?: boolean | null;
    readonly properties?: {
      readonly vmSize: string;
      readonly vmPriority?: string | null;
      readonly osType?: string | null;
      readonly scaleSettings: ScaleBody;
      readonly remoteLoginPortPublicAccess?: string | null;
      readonly enableNodePublicIp?: boolean | null;
      readonly isolatedNetwork?: boolean | null;
    } | null;
  };
}

/** 404 without a body, as recorded: clients must not look for an error in it. */
const missing: ArmResponse = { status: 404 };

function find(request: ArmRequest, services: TwinServices): StoredResource<ComputeRecord> | undefined {
  return services.tables.computes.get('', resourceKey(parameter(request, 'name')));
}

/** Nodes that are there: what the minimum keeps, as far as the quota goes. */
function presentNodes(record: ComputeRecord): number {
  return quotaShortfall(record) === undefined ? record.minNodeCount : 0;
}

/** What the directory says of an identity that a cluster asks for: recorded of user-assigned ones. */
function identityDocument(services: TwinServices, given: unknown): object {
  const { objectId, tenantId } = services.identity;
  const { type, userAssignedIdentities } = given as {
    readonly type?: string;
    readonly userAssignedIdentities?: object | null;
  };
  const own = /SystemAssigned/i.test(type ?? '') ? { principalId: objectId } : {};
  const ids = Object.keys(userAssignedIdentities ?? {});
  if (ids.length === 0) return { type, ...own, tenantId };
  const known = { clientId: objectId, principalId: objectId };
  return {
    type,
    ...own,
    tenantId,
    userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, known])),
  };
}

function computeDocument(services: TwinServices, stored: StoredResource<ComputeRecord>): object {
  const { body: record } = stored;
  const settled = record.provisioningState === 'Succeeded' || record.provisioningState === 'Deleting';
  const shortfall = settled ? quotaShortfall(record) : undefined;
  const idleNodeCount = presentNodes(record);
  return {
    id: `${workspaceId(services.identity)}/computes/${record.name}`,
    name: record.name,
    type: resourceType('computes'),
    location: record.location,
    // As every recorded answer has it, where the request may have none.
    tags: record.tags ?? {},
    ...(record.identity === null ? {} : { identity: identityDocument(services, record.identity) }),
    properties: {
      createdOn: isoTime(stored.createdAt),
      modifiedOn: isoTime(stored.modifiedAt),
      computeLocation: record.location,
      computeType: 'AmlCompute',
      description: record.description ?? '',
      disableLocalAuth: record.disableLocalAuth,
      isAttachedCompute: false,
      provisioningState: record.provisioningState,
      provisioningErrors: null,
      provisioningWarnings: {},
      resourceId: null,
      properties: {
        vmSize: record.vmSize,
        vmPriority: record.vmPriority,
        osType: record.osType,
        virtualMachineImage: null,
        isolatedNetwork: record.isolatedNetwork,
        subnet: null,
        scaleSettings: {
          minNodeCount: record.minNodeCount,
          maxNodeCount: record.maxNodeCount,
          nodeIdleTimeBeforeScaleDown: formatDuration(record.idleMs),
        },
        remoteLoginPortPublicAccess: record.remoteLoginPortPublicAccess,
        enableNodePublicIp: record.enableNodePublicIp,
        allocationState: settled ? 'Steady' : null,
        ...(settled ? { allocationStateTransitionTime: isoTime(stored.modifiedAt), propertyBag: {} } : {}),
        errors:
          shortfall === undefined
            ? null
            : [{ error: { code: 'ClusterCoreQuotaReached', message: shortfall } }],
        currentNodeCount: settled ? idleNodeCount : null,
        targetNodeCount: settled ? idleNodeCount : null,
        nodeStateCounts: settled
          ? {
              preparingNodeCount: 0,
              runningNodeCount: 0,
              idleNodeCount,
              unusableNodeCount: 0,
              leavingNodeCount: 0,
              preemptedNodeCount: 0,
            }
          : null,
      },
    },
  };
}

function operationHeaders(
  request: ArmRequest,
  services: TwinServices,
  id: string,
): Readonly<Record<string, string>> {
  const query = new URLSearchParams({ 'api-version': request.apiVersion, service: 'new' });
  return {
    'azure-asyncoperation': `${request.baseUrl}${locationPath(services.identity, `computeOperationsStatus/${id}`)}?${query.toString()}`,
    'retry-after-ms': pollAgainMs,
  };
}

function refuseWhileBusy(services: TwinServices, target: string): void {
  const busy = services.operations.openOn(target);
  if (busy !== undefined) throw conflict(`An operation (${busy.kind}) on ${busy.target} is in progress.`);
}

const targetOf = (name: string): string => `computes/${resourceKey(name)}`;

function scaleOf(
  body: ScaleBody,
  known?: ComputeRecord,
): Pick<ComputeRecord, 'minNodeCount' | 'maxNodeCount' | 'idleMs'> {
  const minNodeCount = body.minNodeCount ?? known?.minNodeCount ?? 0;
  const maxNodeCount = body.maxNodeCount ?? known?.maxNodeCount ?? maxNodesDefault;
  if (minNodeCount > maxNodeCount)
    throw userError(`minNodeCount ${minNodeCount} is greater than maxNodeCount ${maxNodeCount}.`);
  const idleMs =
    parseDurationMs(body.nodeIdleTimeBeforeScaleDown ?? '') ??
    known?.idleMs ??
    parseDurationMs(defaultIdle) ??
    0;
  return { minNodeCount, maxNodeCount, idleMs };
}

const put: ArmHandler = (request, services) => {
  const name = parameter(request, 'name');
  if (!namePattern.test(name) || reservedNames.has(name.toLowerCase()))
    throw userError(
      `The compute name "${name}" is invalid: 2 to 24 letters, digits and dashes, starting with a letter; "serverless" and "local" are reserved.`,
    );
  const computeType = (request.body as ComputeBody | undefined)?.properties?.computeType;
  if (typeof computeType === 'string' && computeType.toLowerCase() !== 'amlcompute')
    throw notBuilt(`Compute of type ${computeType}`);
  const body = readBody(request, computeShape) as ComputeBody;
  const properties = body.properties.properties;
  if (properties === undefined || properties === null) throw userError('properties.properties is required.');
  const size = findVmSize(properties.vmSize);
  if (size === undefined)
    throw userError(
      `The specified VM size ${properties.vmSize} is not supported in region ${body.location}.`,
    );
  refuseWhileBusy(services, targetOf(name));
  const known = services.tables.computes.get('', resourceKey(name));
  if (known !== undefined && known.body.vmSize !== size.name.toUpperCase())
    throw userError(`The VM size of the compute ${known.body.name} cannot be changed.`);
  const { stored } = services.tables.computes.put('', resourceKey(name), {
    name: known?.body.name ?? name,
    location: body.location,
    tags: body.tags === undefined || body.tags === null ? null : textMap(body.tags),
    identity: body.identity ?? null,
    description: body.properties.description ?? null,
    disableLocalAuth: body.properties.disableLocalAuth ?? false,
    vmSize: size.name.toUpperCase(),
    vmPriority: properties.vmPriority ?? 'Dedicated',
    osType: properties.osType ?? 'Linux',
    ...scaleOf(properties.scaleSettings, known?.body),
    remoteLoginPortPublicAccess: properties.remoteLoginPortPublicAccess ?? 'Enabled',
    enableNodePublicIp: properties.enableNodePublicIp ?? true,
    isolatedNetwork: properties.isolatedNetwork ?? false,
    provisioningState: known === undefined ? 'Creating' : 'Updating',
  });
  const id = services.operations.createId('compute.put');
  services.operations.start(id, 'compute.put', targetOf(name));
  return {
    status: known === undefined ? 201 : 200,
    body: computeDocument(services, stored),
    headers: operationHeaders(request, services, id),
  };
};

const patch: ArmHandler = (request, services) => {
  const known = find(request, services);
  if (known === undefined) return missing;
  const body = readBody(request, computePatchShape) as {
    properties?: {
      scaleSettings?: ScaleBody | null;
      properties?: { scaleSettings?: ScaleBody | null } | null;
    } | null;
  };
  const scale = body.properties?.properties?.scaleSettings ?? body.properties?.scaleSettings;
  refuseWhileBusy(services, targetOf(known.body.name));
  const { stored } = services.tables.computes.put('', known.name, {
    ...known.body,
    ...scaleOf(scale ?? {}, known.body),
    provisioningState: 'Updating',
  });
  const id = services.operations.createId('compute.put');
  services.operations.start(id, 'compute.put', targetOf(known.body.name));
  return {
    status: 200,
    body: computeDocument(services, stored),
    headers: operationHeaders(request, services, id),
  };
};

const remove: ArmHandler = (request, services) => {
  const action = request.query.get('underlyingResourceAction');
  if (action === null || !/^(?:delete|detach)$/i.test(action))
    throw userError('The query parameter underlyingResourceAction is required: Delete or Detach.');
  const known = find(request, services);
  if (known === undefined) return { status: 204 };
  if (action.toLowerCase() === 'detach')
    throw userError('An AmlCompute cluster cannot be detached: delete it.', [
      { code: 'DetachNotSupported', message: 'Use underlyingResourceAction=Delete.' },
    ]);
  refuseWhileBusy(services, targetOf(known.body.name));
  services.tables.computes.put('', known.name, { ...known.body, provisioningState: 'Deleting' });
  const id = services.operations.createId('compute.delete');
  services.operations.start(id, 'compute.delete', targetOf(known.body.name));
  return { status: 202, headers: operationHeaders(request, services, id) };
};

/** The recorded document of a compute's operation holds its status, and nothing else. */
const status: ArmHandler = (request, services) => {
  const operation = services.operations.get(parameter(request, 'operation'));
  if (operation === undefined)
    throw new ServiceError(404, 'UserError', `Operation ${parameter(request, 'operation')} not found.`);
  switch (operation.status) {
    case 'Updating':
      return { status: 200, body: { status: 'InProgress' }, headers: { 'retry-after-ms': pollAgainMs } };
    case 'Succeeded':
      return { status: 200, body: { status: 'Succeeded', percentComplete: 100 } };
    case 'Failed':
    case 'Canceled':
      break;
  }
  return { status: 200, body: { status: operation.status, error: operation.error } };
};

export const computeHandlers = {
  'compute.list': (request, services) => {
    const page = pageOf(request, services.tables.computes.list(''), pageSize);
    const value = page.items.map((stored) => computeDocument(services, stored));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'compute.get': (request, services) => {
    const stored = find(request, services);
    return stored === undefined ? missing : { status: 200, body: computeDocument(services, stored) };
  },
  'compute.put': put,
  'compute.patch': patch,
  'compute.delete': remove,
  'compute.listNodes': (request, services) => {
    const stored = find(request, services);
    if (stored === undefined) return missing;
    const nodes = Array.from({ length: presentNodes(stored.body) }, (_, index) => ({
      nodeId: `tvmps_${stored.name}_${index}`,
      privateIpAddress: '127.0.0.1',
      publicIpAddress: null,
      port: 0,
      nodeState: 'idle',
      runId: null,
    }));
    return { status: 200, body: { nodes } };
  },
  'async.computeOperationsStatus': status,
  'async.computeOperationResults': (request, services) => {
    const operation = services.operations.get(parameter(request, 'operation'));
    return operation?.status === 'Updating' ? { status: 202, body: {} } : { status: 200 };
  },
} as const satisfies Record<string, ArmHandler>;
