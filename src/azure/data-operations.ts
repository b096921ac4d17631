import { AmlDeitError } from '../errors/index.ts';
import type { ArmSession } from './arm-session.ts';
import type { AzureMl, CallOptions } from './azure-ml.ts';
import type { DataVersionResource } from './wire/assets.ts';

const abortOption = (call: CallOptions | undefined): { abortSignal?: AbortSignal } =>
  call?.signal === undefined ? {} : { abortSignal: call.signal };

const attempts = 5;

/** Data assets: names for places in a datastore. */
export function dataOperations(session: ArmSession): Pick<AzureMl, 'data'> {
  const { client } = session;
  const at = [session.resourceGroup, session.workspaceName] as const;
  const nextVersion = async (name: string, call?: CallOptions): Promise<string> => {
    const container = await session.find(
      `GET data/${name}`,
      () => client.dataContainers.get(...at, name, abortOption(call)),
      call?.signal,
    );
    return container?.properties.nextVersion ?? '1';
  };
  return {
    data: {
      async registerFolder(name, folder, call) {
        for (let attempt = 1; ; attempt += 1) {
          const version = await nextVersion(name, call);
          try {
            const made = await session.call(
              `PUT data/${name}/versions/${version}`,
              () =>
                client.dataVersions.createOrUpdate(
                  ...at,
                  name,
                  version,
                  {
                    properties: {
                      dataType: 'uri_folder',
                      dataUri: folder.uri,
                      isAnonymous: false,
                      isArchived: false,
                      tags: { ...folder.tags },
                      ...(folder.description === undefined ? {} : { description: folder.description }),
                    },
                  },
                  abortOption(call),
                ),
              call?.signal,
            );
            return {
              id: made.id ?? '',
              name: made.name ?? version,
              type: made.type ?? '',
              properties: made.properties,
            } as DataVersionResource;
          } catch (error) {
            // Somebody else took the number between the question and the answer.
            if (attempt >= attempts || !(error instanceof AmlDeitError) || error.code !== 'AZURE_CONFLICT')
              throw error;
          }
        }
      },
    },
  };
}
