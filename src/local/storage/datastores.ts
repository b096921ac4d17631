import type { TwinIdentity } from '../lifecycle/identity.ts';

export interface Datastore {
  readonly name: string;
  readonly container: string;
  readonly isDefault: boolean;
}

/** The workspace's own datastores, as every workspace has them. */
export function listDatastores(identity: TwinIdentity): readonly Datastore[] {
  return [
    { name: 'workspaceblobstore', container: `azureml-blobstore-${identity.workspaceId}`, isDefault: true },
    { name: 'workspaceartifactstore', container: 'azureml', isDefault: false },
  ];
}

export function findDatastore(identity: TwinIdentity, name: string): Datastore | undefined {
  return listDatastores(identity).find((datastore) => datastore.name === name.toLowerCase());
}

/** Container of the `azureml` registry's models. */
export const registryContainer = 'registry-azureml';
