import type { TwinServices } from '../../services.ts';
import type { StoredResource } from '../../store/resources.ts';
import { parameter, readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { formatBlobUrl } from '../../storage/blob-url.ts';
import { userError } from '../../http/service-error.ts';
import { inOrder, pageOf } from '../paging.ts';
import type { RegistryModelRecord } from './records.ts';
import { checkRegistry, missingInRegistry, registryName } from './registry-scope.ts';
import { dataReferenceShape } from './shapes.ts';
import { systemData } from '../system-data.ts';

const pageSize = 20;

function modelDocument(services: TwinServices, model: StoredResource<RegistryModelRecord>): object {
  const uri = `azureml://registries/${registryName}/models/${model.parent}/versions/${model.name}`;
  return {
    id: uri,
    name: model.name,
    type: 'models',
    properties: {
      description: model.body.description,
      tags: model.body.tags,
      properties: {},
      isArchived: false,
      isAnonymous: false,
      flavors: {},
      modelType: 'mlflow_model',
      modelUri: `https://${services.identity.account}.blob.core.localhost:${services.port()}/${model.body.container}/${model.body.prefix}`,
      jobName: null,
      originAssetId: null,
    },
    systemData: systemData(services.identity, model),
  };
}

function versionsOf(request: ArmRequest, services: TwinServices): StoredResource<RegistryModelRecord>[] {
  checkRegistry(request);
  const name = parameter(request, 'name');
  const models = services.tables.registryModels.list(name);
  if (models.length === 0) throw missingInRegistry(`Model container with name: ${name} not found.`);
  return models;
}

function requireVersion(request: ArmRequest, services: TwinServices): StoredResource<RegistryModelRecord> {
  checkRegistry(request);
  const name = parameter(request, 'name');
  const version = parameter(request, 'version');
  const model = services.tables.registryModels.get(name, version);
  if (model === undefined) throw missingInRegistry(`Model ${name} with version: ${version} not found.`);
  return model;
}

/** Of the versions of one name, in the order of their creation. */
function containerDocument(
  services: TwinServices,
  versions: readonly StoredResource<RegistryModelRecord>[],
): object {
  const [first] = versions;
  const newest = versions.at(-1);
  const name = newest?.parent ?? '';
  return {
    id: `azureml://registries/${registryName}/models/${name}`,
    name,
    type: 'models',
    properties: {
      description: newest?.body.description ?? null,
      tags: newest?.body.tags ?? {},
      properties: {},
      isArchived: false,
      latestVersion: newest?.name ?? null,
      nextVersion: null,
    },
    systemData: systemData(services.identity, {
      createdAt: first?.createdAt ?? 0,
      modifiedAt: newest?.modifiedAt ?? 0,
    }),
  };
}

export const registryModelHandlers = {
  'registry.model.containers.list': (request, services) => {
    checkRegistry(request);
    const byName = Map.groupBy(services.tables.registryModels.list(), (model) => model.parent);
    const page = pageOf(request, [...byName.values()], pageSize);
    const value = page.items.map((versions) => containerDocument(services, versions));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'registry.model.container.get': (request, services) => ({
    status: 200,
    body: containerDocument(services, versionsOf(request, services)),
  }),
  'registry.model.versions.list': (request, services) => {
    const page = pageOf(request, inOrder(request, versionsOf(request, services)), pageSize);
    const value = page.items.map((model) => modelDocument(services, model));
    return {
      status: 200,
      body: { value, ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }) },
    };
  },
  'registry.model.version.get': (request, services) => ({
    status: 200,
    body: modelDocument(services, requireVersion(request, services)),
  }),
  'registry.model.label.get': (request, services) => {
    const newest = versionsOf(request, services).at(-1);
    const label = parameter(request, 'label');
    if (newest === undefined || label.toLowerCase() !== 'latest')
      throw missingInRegistry(`Model ${parameter(request, 'name')} with label: ${label} not found.`);
    return { status: 200, body: modelDocument(services, newest) };
  },
  // How clients come to the bytes of a registry's model: a signed address of the container that holds them.
  'registry.dataReference': (request, services) => {
    const model = requireVersion(request, services);
    const { assetId } = readBody(request, dataReferenceShape) as { assetId: string };
    const expected = `azureml://registries/${registryName}/models/${model.parent}/versions/${model.name}`;
    if (assetId.toLowerCase() !== expected.toLowerCase())
      throw userError(`assetId is "${assetId.slice(0, 200)}", expected "${expected}".`);
    const { identity } = services;
    // Of the container, not of the folder: clients list below the path that the model's own address has.
    const place = { container: model.body.container, path: '' };
    const blobUri = formatBlobUrl(identity, services.port(), place);
    const sas = services.blobs.createSas(undefined, 'rl');
    return {
      status: 200,
      body: {
        blobReferenceForConsumption: {
          blobUri,
          storageAccountArmId: `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}/providers/Microsoft.Storage/storageAccounts/${identity.account}`,
          credential: { credentialType: 'SAS', sasUri: `${blobUri}?${sas}` },
        },
      },
    };
  },
} as const satisfies Record<string, ArmHandler>;
