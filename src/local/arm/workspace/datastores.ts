import { notBuilt, notFound, userError } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import { findDatastore, systemDatastores } from '../../storage/datastores.ts';
import type { Datastore, DatastoreCredentials, DatastoreRecord } from '../../storage/datastores.ts';
import { createAccountSas } from '../../storage/sas.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { pageOf } from '../paging.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { blobDatastoreShape, listSecretsShape } from './shapes.ts';
import { systemData } from '../system-data.ts';

const systemTimes = { createdAt: Date.UTC(2024, 0, 1), modifiedAt: Date.UTC(2024, 0, 1) };
const hourMs = 60 * 60 * 1000;
const pageSize = 30;

function datastoreDocument(services: TwinServices, datastore: Datastore): object {
  const { identity } = services;
  const own = services.tables.datastores.get('', datastore.name.toLowerCase());
  return {
    id: `${workspaceId(identity)}/datastores/${datastore.name}`,
    name: datastore.name,
    type: resourceType('datastores'),
    properties: {
      description: own?.body.description ?? null,
      tags: own?.body.tags ?? null,
      properties: null,
      isDefault: datastore.isDefault,
      credentials: { credentialsType: own?.body.credentials.credentialsType ?? 'AccountKey' },
      datastoreType: 'AzureBlob',
      accountName: datastore.account,
      containerName: datastore.container,
      // Where Azure says core.windows.net: the account's host is {accountName}.blob.{endpoint}.
      endpoint: own?.body.endpoint ?? `core.localhost:${services.port()}`,
      protocol: own?.body.protocol ?? 'https',
      serviceDataAccessAuthIdentity: own?.body.serviceDataAccessAuthIdentity ?? 'None',
      subscriptionId: identity.subscriptionId,
      resourceGroup: identity.resourceGroup,
    },
    systemData: systemData(identity, own ?? systemTimes),
  };
}

function requireDatastore(request: ArmRequest, services: TwinServices): Datastore {
  const name = parameter(request, 'name');
  const datastore = findDatastore(services, name);
  if (datastore === undefined) throw notFound(`Datastore with name: ${name} not found.`, 'DatastoreNotFound');
  return datastore;
}

/** The name of a datastore that may be written: those that every workspace has are the service's own. */
function ownName(request: ArmRequest, services: TwinServices, verb: string): string {
  const name = parameter(request, 'name');
  if (!/^[a-zA-Z0-9][\w-]{0,254}$/.test(name))
    throw userError(
      `The datastore name "${name}" is invalid: 1 to 255 letters, digits, "-" or "_", starting with a letter or digit.`,
    );
  if (systemDatastores(services.identity).some((system) => system.name === name.toLowerCase()))
    throw userError(`The datastore ${name} is the workspace's own and cannot be ${verb}.`);
  return name;
}

function readCredentials(given: {
  readonly credentialsType: string;
  readonly secrets?: { readonly key?: string | null; readonly sasToken?: string | null } | null;
}): DatastoreCredentials {
  switch (given.credentialsType.toLowerCase()) {
    case 'none':
      return { credentialsType: 'None' };
    case 'accountkey': {
      const key = given.secrets?.key ?? '';
      if (key === '') throw userError('properties.credentials.secrets.key is required.');
      return { credentialsType: 'AccountKey', key };
    }
    case 'sas': {
      const sasToken = given.secrets?.sasToken ?? '';
      if (sasToken === '') throw userError('properties.credentials.secrets.sasToken is required.');
      return { credentialsType: 'Sas', sasToken };
    }
    case 'serviceprincipal':
    case 'certificate':
      throw notBuilt(`A datastore with credentials of type ${given.credentialsType}`);
    default:
      throw userError(
        `properties.credentials.credentialsType is "${given.credentialsType.slice(0, 80)}", expected AccountKey, Sas or None.`,
      );
  }
}

const otherTypes = new Set(['azurefile', 'azuredatalakegen1', 'azuredatalakegen2', 'onelake', 'hdfs']);

function readRecord(request: ArmRequest, name: string): DatastoreRecord {
  const given = (request.body as { properties?: { datastoreType?: unknown } } | null | undefined)?.properties;
  const type = given?.datastoreType;
  if (typeof type === 'string' && otherTypes.has(type.toLowerCase()))
    throw notBuilt(`A datastore of type ${type}`);
  const { properties } = readBody(request, blobDatastoreShape) as {
    properties: Omit<Partial<DatastoreRecord>, 'credentials'> & {
      readonly datastoreType: string;
      readonly accountName: string;
      readonly containerName: string;
      readonly credentials: Parameters<typeof readCredentials>[0];
    };
  };
  if (properties.datastoreType.toLowerCase() !== 'azureblob')
    throw userError(
      `properties.datastoreType is "${properties.datastoreType.slice(0, 80)}", expected AzureBlob.`,
    );
  return {
    name,
    accountName: properties.accountName,
    containerName: properties.containerName,
    endpoint: properties.endpoint ?? null,
    protocol: properties.protocol ?? 'https',
    credentials: readCredentials(properties.credentials),
    serviceDataAccessAuthIdentity: properties.serviceDataAccessAuthIdentity ?? 'None',
    description: properties.description ?? null,
    tags: properties.tags ?? {},
  };
}

/** What opens a datastore: a SAS that ends where one is asked for and there is a key to sign it with. */
function secretsOf(services: TwinServices, datastore: Datastore, sasMs: number | undefined): object {
  const { identity } = services;
  const credentials: DatastoreCredentials = services.tables.datastores.get('', datastore.name.toLowerCase())
    ?.body.credentials ?? { credentialsType: 'AccountKey', key: identity.accountKey };
  switch (credentials.credentialsType) {
    case 'None':
      throw userError(`The datastore ${datastore.name} has no credentials: callers use their own.`);
    case 'Sas':
      return { secretsType: 'Sas', sasToken: credentials.sasToken };
    case 'AccountKey':
      break;
  }
  if (sasMs === undefined) return { secretsType: 'AccountKey', key: credentials.key };
  const sas = createAccountSas({
    account: datastore.account,
    accountKey: credentials.key,
    startsAt: services.now() - hourMs / 4,
    expiresAt: services.now() + sasMs,
  });
  return { secretsType: 'Sas', sasToken: `?${sas}` };
}

export const datastoreHandlers = {
  'datastore.list': (request, services) => {
    const names = request.query.getAll('names');
    const search = request.query.get('searchText')?.toLowerCase() ?? '';
    const onlyDefault = request.query.get('isDefault') === 'true';
    const own = services.tables.datastores
      .list('')
      .flatMap(({ name }) => findDatastore(services, name) ?? []);
    const found = [...systemDatastores(services.identity), ...own]
      .filter((datastore) => !onlyDefault || datastore.isDefault)
      .filter((datastore) => names.length === 0 || names.includes(datastore.name))
      .filter((datastore) => datastore.name.toLowerCase().includes(search));
    const page = pageOf(request, found, pageSize);
    const value = page.items.map((datastore) => datastoreDocument(services, datastore));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'datastore.get': (request, services) => ({
    status: 200,
    body: datastoreDocument(services, requireDatastore(request, services)),
  }),
  'datastore.put': (request, services) => {
    const name = ownName(request, services, 'changed');
    const record = readRecord(request, name);
    const { created } = services.tables.datastores.put('', name.toLowerCase(), record);
    const body = datastoreDocument(services, requireDatastore(request, services));
    return created
      ? { status: 201, body, headers: { location: `${request.baseUrl}${request.url}` } }
      : { status: 200, body };
  },
  'datastore.delete': (request, services) => {
    const name = ownName(request, services, 'deleted');
    return { status: services.tables.datastores.delete('', name.toLowerCase()) ? 200 : 204 };
  },
  'datastore.listSecrets': (request, services) => {
    const datastore = requireDatastore(request, services);
    const body = readBody(request, listSecretsShape) as {
      expirableSecret?: boolean | null;
      expireAfterHours?: number | null;
    };
    const sasMs = body.expirableSecret === true ? (body.expireAfterHours ?? 1) * hourMs : undefined;
    return { status: 200, body: secretsOf(services, datastore, sasMs) };
  },
} as const satisfies Record<string, ArmHandler>;
