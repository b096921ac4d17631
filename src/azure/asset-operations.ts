import type {
  AzureBlobDatastore,
  Datastore,
  EnvironmentVersion,
  ModelContainer,
  ModelVersion,
} from '@azure/arm-machinelearning';
import { AmlDeitError } from '../errors/index.ts';
import type { ArmSession } from './arm-session.ts';
import type { AzureMl, BlobDatastore, CallOptions } from './azure-ml.ts';
import type {
  AzureBlobDatastoreProperties,
  EnvironmentVersionResource,
  ModelContainerResource,
  ModelVersionResource,
  WorkspaceResource,
} from './wire/assets.ts';

const abortOption = (call: CallOptions | undefined): { abortSignal?: AbortSignal } =>
  call?.signal === undefined ? {} : { abortSignal: call.signal };

/** `systemData` of the client holds dates; ours is what is on the wire. */
const envelope = (item: { id?: string; name?: string; type?: string }) => ({
  id: item.id ?? '',
  name: item.name ?? '',
  type: item.type ?? '',
});

const modelResource = (item: ModelVersion): ModelVersionResource => ({
  ...envelope(item),
  properties: item.properties as ModelVersionResource['properties'],
  ...(item.systemData?.createdAt === undefined
    ? {}
    : { systemData: { createdAt: item.systemData.createdAt.toISOString() } }),
});

const environmentResource = (item: EnvironmentVersion): EnvironmentVersionResource => ({
  ...envelope(item),
  properties: item.properties as EnvironmentVersionResource['properties'],
});

export function assetOperations(
  session: ArmSession,
): Pick<AzureMl, 'workspace' | 'models' | 'environments' | 'datastores'> {
  const { client } = session;
  const at = [session.resourceGroup, session.workspaceName] as const;

  async function collect<Item, T>(
    what: string,
    pages: AsyncIterable<Item>,
    convert: (item: Item) => T,
    signal: AbortSignal | undefined,
  ): Promise<T[]> {
    const found = await session.find(
      what,
      async () => {
        const items: T[] = [];
        for await (const item of pages) items.push(convert(item));
        return items;
      },
      signal,
    );
    return found ?? [];
  }

  return {
    workspace: {
      async get(call) {
        const workspace = await session.call(
          `GET workspace ${session.workspaceName}`,
          () => client.workspaces.get(...at, abortOption(call)),
          call?.signal,
        );
        const { id, name, type, location, tags, ...properties } = workspace;
        return { id, name, type, location, tags, properties } as WorkspaceResource;
      },
    },

    models: {
      get: (name, version, call) =>
        session.find(
          `GET models/${name}/versions/${version}`,
          async () => modelResource(await client.modelVersions.get(...at, name, version, abortOption(call))),
          call?.signal,
        ),
      list: (name, call) =>
        collect<ModelVersion, ModelVersionResource>(
          `GET models/${name}/versions`,
          client.modelVersions.list(...at, name, { orderBy: 'createdtime desc', ...abortOption(call) }),
          modelResource,
          call?.signal,
        ),
      listNames: (call) =>
        collect<ModelContainer, ModelContainerResource>(
          'GET models',
          client.modelContainers.list(...at, abortOption(call)),
          (item) => ({
            ...envelope(item),
            properties: item.properties as ModelContainerResource['properties'],
          }),
          call?.signal,
        ),
      async nextVersion(name, call) {
        const container = await session.find(
          `GET models/${name}`,
          () => client.modelContainers.get(...at, name, abortOption(call)),
          call?.signal,
        );
        return container?.properties.nextVersion ?? '1';
      },
      register: async (name, version, model, call) =>
        modelResource(
          await session.call(
            `PUT models/${name}/versions/${version}`,
            () =>
              client.modelVersions.createOrUpdate(
                ...at,
                name,
                version,
                {
                  properties: {
                    modelUri: model.modelUri,
                    modelType: model.modelType,
                    isAnonymous: false,
                    isArchived: false,
                    tags: { ...model.tags },
                    properties: { ...model.properties },
                    ...(model.description === undefined ? {} : { description: model.description }),
                  },
                },
                abortOption(call),
              ),
            call?.signal,
          ),
        ),
    },

    environments: {
      get: (name, version, call) =>
        session.find(
          `GET environments/${name}/versions/${version}`,
          async () =>
            environmentResource(
              await client.environmentVersions.get(...at, name, version, abortOption(call)),
            ),
          call?.signal,
        ),
      list: (name, call) =>
        collect<EnvironmentVersion, EnvironmentVersionResource>(
          `GET environments/${name}/versions`,
          client.environmentVersions.list(...at, name, { orderBy: 'createdtime desc', ...abortOption(call) }),
          environmentResource,
          call?.signal,
        ),
      async nextVersion(name, call) {
        const container = await session.find(
          `GET environments/${name}`,
          () => client.environmentContainers.get(...at, name, abortOption(call)),
          call?.signal,
        );
        return container?.properties.nextVersion ?? '1';
      },
      create: async (name, version, environment, call) =>
        environmentResource(
          await session.call(
            `PUT environments/${name}/versions/${version}`,
            () =>
              client.environmentVersions.createOrUpdate(
                ...at,
                name,
                version,
                {
                  properties: {
                    image: environment.image,
                    inferenceConfig: environment.inferenceConfig,
                    isAnonymous: false,
                    isArchived: false,
                    osType: 'Linux',
                    tags: { ...environment.tags },
                    ...(environment.description === undefined
                      ? {}
                      : { description: environment.description }),
                  },
                },
                abortOption(call),
              ),
            call?.signal,
          ),
        ),
    },

    datastores: {
      async getDefault(call) {
        const stores = await collect(
          'GET datastores',
          client.datastores.list(...at, { isDefault: true, ...abortOption(call) }),
          (store) => store,
          call?.signal,
        );
        const store = stores.find((candidate) => candidate.properties.isDefault === true) ?? stores[0];
        if (store?.name === undefined) {
          throw new AmlDeitError(
            'AZURE_NOT_FOUND',
            `workspace "${session.workspaceName}" has no default datastore`,
          );
        }
        return blobDatastore(store);
      },
      get: async (name, call) =>
        blobDatastore(
          await session.call(
            `GET datastores/${name}`,
            () => client.datastores.get(...at, name, abortOption(call)),
            call?.signal,
          ),
        ),
    },
  };
}

function blobDatastore({ name = '', properties }: Datastore): BlobDatastore {
  if (properties.datastoreType !== 'AzureBlob') {
    throw new AmlDeitError(
      'DATASTORE_UNSUPPORTED',
      `the datastore "${name}" is of type ${properties.datastoreType}, expected AzureBlob`,
    );
  }
  return { name, properties: properties as AzureBlobDatastore as AzureBlobDatastoreProperties };
}
