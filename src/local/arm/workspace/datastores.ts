import { notFound } from '../../http/service-error.ts';
import type { TwinServices } from '../../services.ts';
import { findDatastore, listDatastores } from '../../storage/datastores.ts';
import type { Datastore } from '../../storage/datastores.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { resourceType, workspaceId } from '../resource-ids.ts';
import { listSecretsShape } from './shapes.ts';
import { systemData } from '../system-data.ts';

const createdAt = Date.UTC(2024, 0, 1);
const hourMs = 60 * 60 * 1000;

function datastoreDocument(services: TwinServices, datastore: Datastore): object {
  const { identity } = services;
  return {
    id: `${workspaceId(identity)}/datastores/${datastore.name}`,
    name: datastore.name,
    type: resourceType('datastores'),
    properties: {
      description: null,
      tags: null,
      properties: null,
      isDefault: datastore.isDefault,
      credentials: { credentialsType: 'AccountKey' },
      datastoreType: 'AzureBlob',
      accountName: identity.account,
      containerName: datastore.container,
      // Where Azure says core.windows.net: the account's host is {accountName}.blob.{endpoint}.
      endpoint: `core.localhost:${services.port()}`,
      protocol: 'https',
      serviceDataAccessAuthIdentity: 'None',
      subscriptionId: identity.subscriptionId,
      resourceGroup: identity.resourceGroup,
    },
    systemData: systemData(identity, { createdAt, modifiedAt: createdAt }),
  };
}

function requireDatastore(request: ArmRequest, services: TwinServices): Datastore {
  const name = parameter(request, 'name');
  const datastore = findDatastore(services.identity, name);
  if (datastore === undefined) throw notFound(`Datastore with name: ${name} not found.`, 'DatastoreNotFound');
  return datastore;
}

export const datastoreHandlers = {
  'datastore.list': (request, services) => {
    const names = request.query.getAll('names');
    const onlyDefault = request.query.get('isDefault') === 'true';
    const value = listDatastores(services.identity)
      .filter((datastore) => !onlyDefault || datastore.isDefault)
      .filter((datastore) => names.length === 0 || names.includes(datastore.name))
      .map((datastore) => datastoreDocument(services, datastore));
    return { status: 200, body: { value } };
  },
  'datastore.get': (request, services) => ({
    status: 200,
    body: datastoreDocument(services, requireDatastore(request, services)),
  }),
  'datastore.listSecrets': (request, services) => {
    requireDatastore(request, services);
    const body = readBody(request, listSecretsShape) as {
      expirableSecret?: boolean | null;
      expireAfterHours?: number | null;
    };
    return body.expirableSecret === true
      ? {
          status: 200,
          body: {
            secretsType: 'Sas',
            sasToken: `?${services.blobs.createSas((body.expireAfterHours ?? 1) * hourMs)}`,
          },
        }
      : { status: 200, body: { secretsType: 'AccountKey', key: services.identity.accountKey } };
  },
} as const satisfies Record<string, ArmHandler>;
