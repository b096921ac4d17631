import { AmlDeitError } from '../errors/index.ts';
import type { ArmSession } from './arm-session.ts';
import { BlobContainer } from './blob-container.ts';
import type { BlobAccess, SignedContainer } from './blob-container.ts';
import type { AzureBlobDatastoreProperties, DatastoreSecrets } from './wire/assets.ts';

export interface DatastoreAccess extends BlobAccess {
  readonly session: ArmSession;
  /** Accounts are at `https://ACCOUNT.blob.{storageSuffix}`. */
  readonly storageSuffix: string;
}

export interface Datastore {
  readonly name: string;
  readonly properties: AzureBlobDatastoreProperties;
}

/** The container of a datastore. */
export function datastoreContainer(access: DatastoreAccess, store: Datastore): BlobContainer {
  const { accountName, containerName } = store.properties;
  const address = `https://${accountName}.blob.${access.storageSuffix}/${containerName}`;
  const sign = async (signal?: AbortSignal): Promise<SignedContainer | undefined> => {
    const secrets = await listSecrets(access.session, store, signal);
    if (secrets === undefined) return undefined;
    if (secrets.secretsType === 'Sas')
      return { address: `${address}?${secrets.sasToken.replace(/^\?/, '')}` };
    const { StorageSharedKeyCredential } = await import('@azure/storage-blob');
    return { address, key: new StorageSharedKeyCredential(accountName, secrets.key) };
  };
  return new BlobContainer(access, { description: `datastore ${store.name}`, sign, address });
}

async function listSecrets(
  session: ArmSession,
  store: Datastore,
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
