import { randomBytes, randomUUID } from 'node:crypto';
import { conflict, notFound, userError } from '../../http/service-error.ts';
import { signToken } from '../../http/tokens.ts';
import type { TwinServices } from '../../services.ts';
import { resourceKey } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { textMap } from '../assets/asset-handlers.ts';
import { hasAll } from '../assets/match-query.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { acceptedHeaders, statusUrl } from '../operations.ts';
import { pageOf } from '../paging.ts';
import type { AuthMode, OnlineEndpointRecord } from './records.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { onlineEndpointPatchShape, onlineEndpointShape, regenerateKeysShape } from './shapes.ts';
import { isoTime, systemData } from '../system-data.ts';

const pageSize = 100;
const tokenLifetimeMs = 60 * 60 * 1000;
const namePattern = /^[a-zA-Z](?:[-a-zA-Z0-9]{1,30})[a-zA-Z0-9]$/;

/** Members of `properties.properties` that the service owns: clients send them back and they change nothing. */
const ownedProperties = new Set([
  'azureml.onlineendpointid',
  'AzureAsyncOperationUri',
  'createdBy',
  'createdAt',
  'lastModifiedAt',
]);

/** What the caller may set of a resource's string properties. */
export function callerProperties(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(textMap(value)).filter(([key]) => !ownedProperties.has(key)));
}

export function checkResourceName(what: 'endpoint' | 'deployment', name: string): void {
  if (!namePattern.test(name))
    throw userError(`The ${what} name "${name}" is invalid.`, [
      {
        code: 'InvalidName',
        message:
          'A name has 3 to 32 characters: letters, digits and dashes, starting with a letter, ending with a letter or digit.',
      },
    ]);
}

export function requireEndpoint(
  request: ArmRequest,
  services: TwinServices,
): StoredResource<OnlineEndpointRecord> {
  const name = parameter(request, 'endpoint');
  const stored = services.tables.endpoints.get('', resourceKey(name));
  if (stored === undefined) throw notFound(`Online endpoint ${name} not found.`, 'NoSuchEndpoint');
  return stored;
}

interface EndpointBody {
  readonly location: string;
  readonly tags?: unknown;
  readonly identity?: { readonly type?: string | null } | null;
  readonly properties: {
    readonly authMode: string;
    readonly description?: string | null;
    readonly properties?: unknown;
    readonly traffic?: Readonly<Record<string, number>> | null;
    readonly mirrorTraffic?: Readonly<Record<string, number>> | null;
    readonly publicNetworkAccess?: string | null;
    readonly compute?: string | null;
  };
}

function canonicalAuthMode(text: string): AuthMode {
  const modes: readonly AuthMode[] = ['Key', 'AMLToken', 'AADToken'];
  return modes.find((mode) => mode.toLowerCase() === text.toLowerCase()) ?? 'Key';
}

/** Lower-case names; zero weights stay, for the service echoes them. */
function weightsOf(value: Readonly<Record<string, number>> | null | undefined): Record<string, number> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, weight]) => [resourceKey(name), weight]));
}

function checkTraffic(services: TwinServices, endpoint: string, body: EndpointBody): void {
  const traffic = weightsOf(body.properties.traffic);
  const mirror = weightsOf(body.properties.mirrorTraffic);
  const sum = Object.values(traffic).reduce((total, weight) => total + weight, 0);
  if (sum !== 0 && sum !== 100)
    throw userError(`Traffic weights sum to ${sum}, expected 0 or 100.`, [
      { code: 'BadArgument', message: `traffic is ${JSON.stringify(traffic)}.` },
    ]);
  if (Object.keys(mirror).length > 1)
    throw userError(`mirrorTraffic names ${Object.keys(mirror).join(', ')}, expected one deployment.`);
  for (const [name, weight] of [...Object.entries(traffic), ...Object.entries(mirror)]) {
    const deployment = services.tables.deployments.get(endpoint, name);
    if (deployment === undefined)
      throw userError(`Traffic names the deployment "${name}", which does not exist.`, [
        { code: 'DeploymentNotFound', message: `Deployment ${name} not found in endpoint ${endpoint}.` },
      ]);
    if (weight > 0 && deployment.body.served === null)
      throw userError(`Traffic names the deployment "${name}", which has never become healthy.`, [
        {
          code: 'DeploymentNotReady',
          message: `Its provisioning state is ${deployment.body.provisioningState}.`,
        },
      ]);
  }
}

export function endpointDocument(
  request: ArmRequest,
  services: TwinServices,
  stored: StoredResource<OnlineEndpointRecord>,
): object {
  const { identity } = services;
  const record = stored.body;
  const base = `${services.endpoint()}/online/${resourceKey(record.name)}`;
  return {
    id: `${workspaceId(identity)}/onlineEndpoints/${record.name}`,
    name: record.name,
    type: resourceType('onlineEndpoints'),
    location: record.location,
    kind: 'Managed',
    tags: record.tags,
    identity: {
      type: record.identityType,
      principalId: record.principalId,
      tenantId: identity.tenantId,
    },
    properties: {
      authMode: record.authMode,
      description: record.description,
      compute: null,
      traffic: record.traffic,
      mirrorTraffic: record.mirrorTraffic,
      publicNetworkAccess: record.publicNetworkAccess,
      provisioningState: record.provisioningState,
      scoringUri: record.createdOnce ? `${base}/score` : null,
      swaggerUri: record.createdOnce ? `${base}/swagger.json` : null,
      properties: {
        ...record.properties,
        'azureml.onlineendpointid': `${workspaceId(identity)}/onlineendpoints/${resourceKey(record.name)}`,
        AzureAsyncOperationUri: statusUrl(request, services, record.operationId),
        createdBy: identity.objectId,
        createdAt: isoTime(stored.createdAt),
        lastModifiedAt: isoTime(stored.modifiedAt),
      },
    },
    systemData: systemData(identity, stored),
  };
}

/** The service takes one operation at a time on an endpoint. */
function refuseWhileBusy(services: TwinServices, key: string, below: boolean): void {
  const busy = services.operations.openOn(key, below);
  if (busy !== undefined)
    throw conflict(`An operation (${busy.kind}) on ${busy.target} is in progress: wait until it has ended.`);
}

const newKey = (): string => randomBytes(24).toString('base64url');

const put: ArmHandler = (request, services) => {
  const name = parameter(request, 'endpoint');
  checkResourceName('endpoint', name);
  const key = resourceKey(name);
  const body = readBody(request, onlineEndpointShape) as EndpointBody;
  if (
    body.properties.compute !== undefined &&
    body.properties.compute !== null &&
    body.properties.compute !== ''
  )
    throw userError(
      'properties.compute is for Kubernetes endpoints, and this workspace has managed ones only.',
    );
  refuseWhileBusy(services, key, false);
  checkTraffic(services, key, body);
  const known = services.tables.endpoints.get('', key)?.body;
  const operationId = services.operations.createId('onlineEndpoint.put');
  const stored = services.tables.endpoints.put('', key, {
    name: known?.name ?? name,
    location: body.location,
    tags: textMap(body.tags),
    identityType: body.identity?.type ?? known?.identityType ?? 'SystemAssigned',
    principalId: known?.principalId ?? randomUUID(),
    authMode: canonicalAuthMode(body.properties.authMode),
    description: body.properties.description ?? null,
    properties: callerProperties(body.properties.properties),
    // A write without traffic sets every weight to zero: the service does that, to the surprise of many.
    traffic: weightsOf(body.properties.traffic),
    mirrorTraffic: weightsOf(body.properties.mirrorTraffic),
    publicNetworkAccess: body.properties.publicNetworkAccess ?? 'Enabled',
    provisioningState: known === undefined ? 'Creating' : 'Updating',
    primaryKey: known?.primaryKey ?? newKey(),
    secondaryKey: known?.secondaryKey ?? newKey(),
    operationId,
    createdOnce: known?.createdOnce ?? false,
  }).stored;
  services.operations.start(operationId, 'onlineEndpoint.put', key);
  return {
    status: known === undefined ? 201 : 200,
    body: endpointDocument(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const patch: ArmHandler = (request, services) => {
  const { body: known } = requireEndpoint(request, services);
  const key = resourceKey(known.name);
  const body = readBody(request, onlineEndpointPatchShape) as {
    tags?: unknown;
    identity?: { type?: string | null } | null;
  };
  refuseWhileBusy(services, key, false);
  const operationId = services.operations.createId('onlineEndpoint.put');
  const stored = services.tables.endpoints.put('', key, {
    ...known,
    tags: body.tags === undefined || body.tags === null ? known.tags : textMap(body.tags),
    identityType: body.identity?.type ?? known.identityType,
    provisioningState: 'Updating',
    operationId,
  }).stored;
  services.operations.start(operationId, 'onlineEndpoint.put', key);
  return {
    status: 202,
    body: endpointDocument(request, services, stored),
    headers: acceptedHeaders(request, services, operationId, 'resource'),
  };
};

const remove: ArmHandler = (request, services) => {
  const key = resourceKey(parameter(request, 'endpoint'));
  const known = services.tables.endpoints.get('', key);
  if (known === undefined) return { status: 204 };
  refuseWhileBusy(services, key, true);
  const operationId = services.operations.createId('onlineEndpoint.delete');
  services.tables.endpoints.put('', key, { ...known.body, provisioningState: 'Deleting', operationId });
  services.operations.start(operationId, 'onlineEndpoint.delete', key);
  return { status: 202, headers: acceptedHeaders(request, services, operationId, 'result') };
};

const regenerateKeys: ArmHandler = (request, services) => {
  const { body: known } = requireEndpoint(request, services);
  const key = resourceKey(known.name);
  const body = readBody(request, regenerateKeysShape) as { keyType: string; keyValue?: string | null };
  if (known.authMode !== 'Key')
    throw userError(`The endpoint ${known.name} has the authentication mode ${known.authMode} and no keys.`);
  refuseWhileBusy(services, key, false);
  const member = body.keyType.toLowerCase() === 'primary' ? 'primaryKey' : 'secondaryKey';
  const operationId = services.operations.createId('onlineEndpoint.regenerateKeys');
  // A given value becomes the key; none asks for a new one.
  services.tables.endpoints.put('', key, { ...known, [member]: body.keyValue ?? newKey() });
  services.operations.start(operationId, 'onlineEndpoint.regenerateKeys', key);
  return { status: 202, headers: acceptedHeaders(request, services, operationId, 'result') };
};

const token: ArmHandler = (request, services) => {
  const { body: endpoint } = requireEndpoint(request, services);
  if (endpoint.authMode !== 'AMLToken')
    throw userError(
      `The endpoint ${endpoint.name} has the authentication mode ${endpoint.authMode}, not AMLToken.`,
    );
  const now = services.now();
  const expiresAt = now + tokenLifetimeMs;
  const seconds = (ms: number): number => Math.floor(ms / 1000);
  const accessToken = signToken(services.identity.tokenSecret, {
    aud: 'aml-online-endpoint',
    iss: services.endpoint(),
    tid: services.identity.tenantId,
    oid: services.identity.objectId,
    iat: seconds(now),
    nbf: seconds(now),
    exp: seconds(expiresAt),
    endpoint: resourceKey(endpoint.name),
  });
  return {
    status: 200,
    body: {
      accessToken,
      tokenType: 'Bearer',
      expiryTimeUtc: seconds(expiresAt),
      refreshAfterTimeUtc: seconds(now + tokenLifetimeMs / 2),
    },
  };
};

export const onlineEndpointHandlers = {
  'onlineEndpoint.list': (request, services) => {
    const asked = (key: string): string => request.query.get(key) ?? '';
    const found = services.tables.endpoints
      .list('')
      .filter(({ name }) => asked('name') === '' || resourceKey(asked('name')) === name)
      .filter(({ body }) => hasAll(asked('tags'), body.tags) && hasAll(asked('properties'), body.properties));
    const page = pageOf(request, found, pageSize);
    const value = page.items.map((stored) => endpointDocument(request, services, stored));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'onlineEndpoint.get': (request, services) => ({
    status: 200,
    body: endpointDocument(request, services, requireEndpoint(request, services)),
  }),
  'onlineEndpoint.put': put,
  'onlineEndpoint.patch': patch,
  'onlineEndpoint.delete': remove,
  'onlineEndpoint.listKeys': (request, services) => {
    const { body } = requireEndpoint(request, services);
    // An endpoint without keys answers with nulls.
    const hasKeys = body.authMode === 'Key';
    return {
      status: 200,
      body: {
        primaryKey: hasKeys ? body.primaryKey : null,
        secondaryKey: hasKeys ? body.secondaryKey : null,
      },
    };
  },
  'onlineEndpoint.token': token,
  'onlineEndpoint.regenerateKeys': regenerateKeys,
} as const satisfies Record<string, ArmHandler>;
