import type { TwinIdentity } from '../lifecycle/identity.ts';
import type { TwinTables } from '../services.ts';
import type { BlobPlace } from './blob-url.ts';

/** How whoever reads a datastore of one's own is let in. */
export type DatastoreCredentials =
  | { readonly credentialsType: 'AccountKey'; readonly key: string }
  | { readonly credentialsType: 'Sas'; readonly sasToken: string }
  | { readonly credentialsType: 'None' };

/** A blob datastore that somebody registered. */
export interface DatastoreRecord {
  readonly name: string;
  readonly accountName: string;
  readonly containerName: string;
  readonly endpoint: string | null;
  readonly protocol: string;
  readonly credentials: DatastoreCredentials;
  readonly serviceDataAccessAuthIdentity: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Datastore {
  readonly name: string;
  readonly account: string;
  readonly container: string;
  readonly isDefault: boolean;
}

export interface DatastoreContext {
  readonly identity: TwinIdentity;
  readonly tables: Pick<TwinTables, 'datastores'>;
}

/** The workspace's own datastores, as every workspace has them. */
export function systemDatastores({ account, workspaceId }: TwinIdentity): readonly Datastore[] {
  return [
    {
      name: 'workspaceblobstore',
      account,
      container: `azureml-blobstore-${workspaceId}`,
      isDefault: true,
    },
    { name: 'workspaceartifactstore', account, container: 'azureml', isDefault: false },
  ];
}

function asDatastore({ name, accountName, containerName }: DatastoreRecord): Datastore {
  return { name, account: accountName, container: containerName, isDefault: false };
}

export function findDatastore({ identity, tables }: DatastoreContext, name: string): Datastore | undefined {
  const key = name.toLowerCase();
  const system = systemDatastores(identity).find((datastore) => datastore.name === key);
  if (system !== undefined) return system;
  const own = tables.datastores.get('', key);
  return own === undefined ? undefined : asDatastore(own.body);
}

/** The datastore that a container of the twin's own account is reached by. */
export function datastoreOfContainer(
  { identity, tables }: DatastoreContext,
  container: string,
): Datastore | undefined {
  return [
    ...systemDatastores(identity),
    ...tables.datastores.list('').map(({ body }) => asDatastore(body)),
  ].find((datastore) => datastore.account === identity.account && datastore.container === container);
}

/** The place of a path in a datastore; undefined where its account is not the twin's own, which is all that is here. */
export function placeIn(identity: TwinIdentity, datastore: Datastore, path: string): BlobPlace | undefined {
  return datastore.account === identity.account ? { container: datastore.container, path } : undefined;
}

/** Container of the `azureml` registry's models. */
export const registryContainer = 'registry-azureml';
