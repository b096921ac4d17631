import type { Agent } from 'node:https';
import type { AnonymousCredential, ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import type { TokenCredential } from '@azure/core-auth';
import { AmlDeitError } from '../errors/index.ts';
import type { ArmSession } from './arm-session.ts';
import type { AzureBlobDatastoreProperties, DatastoreSecrets } from './wire/assets.ts';

export interface BlobAccess {
  readonly session: ArmSession;
  readonly credential: TokenCredential;
  readonly storageSuffix: string;
  readonly agent?: Agent;
}

/**
 * The ways into a datastore's container, best first: what `listSecrets` gives (SAS or account key), then the caller's
 * own token, for identity-based datastores, for callers who may not list secrets, and for accounts that refuse keys.
 */
export async function* openContainers(
  access: BlobAccess,
  store: { readonly name: string; readonly properties: AzureBlobDatastoreProperties },
  signal: AbortSignal | undefined,
): AsyncGenerator<ContainerClient> {
  const { ContainerClient, StorageSharedKeyCredential, newPipeline } = await import('@azure/storage-blob');
  const { accountName, containerName } = store.properties;
  const url = `https://${accountName}.blob.${access.storageSuffix}/${containerName}`;
  const open = (
    address: string,
    credential?: TokenCredential | InstanceType<typeof StorageSharedKeyCredential> | AnonymousCredential,
  ): ContainerClient => {
    // `agent` reaches the pipeline below as it does in every other Azure client; only the type leaves it out.
    const options: StoragePipelineOptions & { agent?: Agent } = {
      retryOptions: { maxTries: 4, maxRetryDelayInMs: 10_000 },
      ...(access.agent === undefined ? {} : { agent: access.agent }),
    };
    return new ContainerClient(address, newPipeline(credential, options));
  };

  const secrets = await listSecrets(access.session, store, signal);
  if (secrets?.secretsType === 'Sas') yield open(`${url}?${secrets.sasToken.replace(/^\?/, '')}`);
  if (secrets?.secretsType === 'AccountKey') {
    yield open(url, new StorageSharedKeyCredential(accountName, secrets.key));
  }
  yield open(url, access.credential);
}

async function listSecrets(
  session: ArmSession,
  store: { readonly name: string; readonly properties: AzureBlobDatastoreProperties },
  signal: AbortSignal | undefined,
): Promise<DatastoreSecrets | undefined> {
  if (store.properties.credentials.credentialsType === 'None') return undefined;
  try {
    const secrets = await session.call(
      `POST datastores/${store.name}/listSecrets`,
      () =>
        session.client.datastores.listSecrets(
          session.resourceGroup,
          session.workspaceName,
          store.name,
          signal === undefined ? {} : { abortSignal: signal },
        ),
      signal,
    );
    if (secrets.secretsType === 'Sas' && 'sasToken' in secrets && secrets.sasToken !== undefined) {
      return { secretsType: 'Sas', sasToken: secrets.sasToken };
    }
    if (secrets.secretsType === 'AccountKey' && 'key' in secrets && secrets.key !== undefined) {
      return { secretsType: 'AccountKey', key: secrets.key };
    }
    return undefined;
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'AUTH_DENIED') return undefined;
    throw error;
  }
}
