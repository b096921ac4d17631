import type { TwinIdentity } from '../lifecycle/identity.ts';

const provider = 'Microsoft.MachineLearningServices';

export function workspaceId(identity: TwinIdentity): string {
  return `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}/providers/${provider}/workspaces/${identity.workspaceName}`;
}

/** `mfeOperationsStatus` and `mfeOperationResults` live below the subscription's location. */
export function locationPath(identity: TwinIdentity, rest: string): string {
  return `/subscriptions/${identity.subscriptionId}/providers/${provider}/locations/${identity.location}/${rest}`;
}

export function resourceType(rest: string): string {
  return `${provider}/workspaces/${rest}`;
}

export interface AssetReference {
  readonly name: string;
  readonly version: string;
}

export type ModelReference =
  | ({ readonly source: 'workspace' } & AssetReference)
  | ({ readonly source: 'registry'; readonly registry: string } & AssetReference);

function sameWorkspace(identity: TwinIdentity, path: string): boolean {
  return path.toLowerCase() === workspaceId(identity).toLowerCase();
}

function parseAssetId(
  identity: TwinIdentity,
  kind: 'models' | 'environments' | 'components' | 'data' | 'codes',
  id: string,
): AssetReference | undefined {
  const match = new RegExp(`^(.*)/${kind}/([^/]+)/versions/([^/]+)$`, 'i').exec(id);
  const [, workspace, name, version] = match ?? [];
  if (workspace === undefined || name === undefined || version === undefined) return undefined;
  return sameWorkspace(identity, workspace) ? { name, version } : undefined;
}

/** An ARM id of this workspace or `azureml://registries/{r}/models/{n}/versions/{v}`; undefined for anything else. */
export function parseModelReference(identity: TwinIdentity, id: string): ModelReference | undefined {
  const registry = /^azureml:\/\/registries\/([^/]+)\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(id);
  if (registry !== null) {
    const [, registryName = '', name = '', version = ''] = registry;
    return { source: 'registry', registry: registryName, name, version };
  }
  const asset = parseAssetId(identity, 'models', id);
  return asset === undefined ? undefined : { source: 'workspace', ...asset };
}

export function parseEnvironmentReference(identity: TwinIdentity, id: string): AssetReference | undefined {
  return parseAssetId(identity, 'environments', id);
}

/**
 * An ARM id of a data version of this workspace, `…/labels/latest` included (version `latest`), or the id in which run
 * history names one: `azureml://locations/{l}/workspaces/{id}/data/{n}/versions/{v}`.
 */
export function parseDataReference(identity: TwinIdentity, id: string): AssetReference | undefined {
  const asset = parseAssetId(identity, 'data', id);
  if (asset !== undefined) return asset;
  const [, workspace = '', labelled] = /^(.*)\/data\/([^/]+)\/labels\/latest$/i.exec(id) ?? [];
  if (labelled !== undefined && sameWorkspace(identity, workspace))
    return { name: labelled, version: 'latest' };
  const [, guid = '', name, version] =
    /^azureml:\/\/locations\/[^/]+\/workspaces\/([^/]+)\/data\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? [];
  return name !== undefined && version !== undefined && guid.toLowerCase() === identity.workspaceId
    ? { name, version }
    : undefined;
}

export function parseCodeReference(identity: TwinIdentity, id: string): AssetReference | undefined {
  return parseAssetId(identity, 'codes', id);
}

/** An ARM id of this workspace or `azureml://registries/{r}/components/{n}/versions/{v}`, or `…/labels/{l}`. */
export type ComponentReference =
  | ({ readonly source: 'workspace' } & AssetReference)
  | {
      readonly source: 'registry';
      readonly registry: string;
      readonly name: string;
      readonly version: string;
    };

export function parseComponentReference(identity: TwinIdentity, id: string): ComponentReference | undefined {
  const registry =
    /^azureml:\/\/registries\/([^/]+)\/components\/([^/]+)\/(?:versions|labels)\/([^/]+)$/i.exec(id);
  if (registry !== null) {
    const [, registryName = '', name = '', version = ''] = registry;
    return { source: 'registry', registry: registryName, name, version };
  }
  const asset = parseAssetId(identity, 'components', id);
  return asset === undefined ? undefined : { source: 'workspace', ...asset };
}

/** The name in an ARM id of a compute of this workspace. */
export function parseComputeReference(identity: TwinIdentity, id: string): string | undefined {
  const [, workspace, name] = /^(.*)\/computes\/([^/]+)$/i.exec(id) ?? [];
  return workspace !== undefined && sameWorkspace(identity, workspace) ? name : undefined;
}

export interface DatastorePath {
  readonly datastore: string;
  readonly path: string;
}

/** `azureml://datastores/{d}/paths/{p}`, or the long form with this workspace in it. */
export function parseDatastoreUri(identity: TwinIdentity, uri: string): DatastorePath | undefined {
  const short = /^azureml:\/\/datastores\/([^/]+)\/paths\/(.*)$/i.exec(uri);
  if (short !== null) return { datastore: short[1] ?? '', path: short[2] ?? '' };
  const long =
    /^azureml:\/\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)(?:\/providers\/Microsoft\.MachineLearningServices)?\/workspaces\/([^/]+)\/datastores\/([^/]+)\/paths\/(.*)$/i.exec(
      uri,
    );
  if (long === null) return undefined;
  const [, subscription = '', group = '', workspace = '', datastore = '', path = ''] = long;
  const here =
    subscription.toLowerCase() === identity.subscriptionId &&
    group.toLowerCase() === identity.resourceGroup.toLowerCase() &&
    workspace.toLowerCase() === identity.workspaceName.toLowerCase();
  return here ? { datastore, path } : undefined;
}

/** The long form as the service writes it back, `resourceGroups` with a capital. */
export function formatDatastoreUri(identity: TwinIdentity, path: DatastorePath): string {
  return `azureml://subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}/workspaces/${identity.workspaceName}/datastores/${path.datastore}/paths/${path.path}`;
}
