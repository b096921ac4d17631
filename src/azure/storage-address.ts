import { AmlDeitError } from '../errors/index.ts';

/** What an address of data or of a model means, before the service is asked. */
export type StorageAddress =
  | { readonly kind: 'datastore'; readonly datastore: string; readonly path: string }
  /** `path` is below the output; empty for all of it. */
  | { readonly kind: 'job-output'; readonly job: string; readonly output: string; readonly path: string }
  | {
      readonly kind: 'asset';
      readonly type: 'models' | 'data';
      readonly name: string;
      readonly version: string;
    };

export interface WorkspaceNames {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
}

const patterns = {
  shortDatastore: /^azureml:\/\/datastores\/([^/]+)\/paths\/(.*)$/i,
  longDatastore:
    /^azureml:\/{1,2}subscriptions\/([^/]+)\/resourcegroups\/([^/]+)(?:\/providers\/Microsoft\.MachineLearningServices)?\/workspaces\/([^/]+)\/datastores\/([^/]+)\/paths\/(.*)$/i,
  jobOutput: /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)(?:\/paths\/(.*)|\/)?$/i,
  asset:
    /^(?:azureml:)?\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)\/(models|data)\/([^/]+)\/versions\/([^/]+)$/i,
} as const;

/**
 * Reads `azureml://datastores/D/paths/P`, its long form with this workspace in it, `azureml://jobs/J/outputs/O[/paths/P]`,
 * or the ARM id of a model or data version of this workspace. Throws ADDRESS_INVALID for anything else.
 */
export function parseStorageAddress(address: string, workspace: WorkspaceNames): StorageAddress {
  const short = patterns.shortDatastore.exec(address);
  if (short !== null) return { kind: 'datastore', datastore: short[1] ?? '', path: short[2] ?? '' };
  const long = patterns.longDatastore.exec(address);
  if (long !== null) {
    const [, subscription, group, name, datastore = '', path = ''] = long;
    requireWorkspace(address, workspace, [subscription, group, name]);
    return { kind: 'datastore', datastore, path };
  }
  const output = patterns.jobOutput.exec(address);
  if (output !== null) {
    return { kind: 'job-output', job: output[1] ?? '', output: output[2] ?? '', path: output[3] ?? '' };
  }
  const asset = patterns.asset.exec(address);
  if (asset !== null) {
    const [, subscription, group, name, type = '', assetName = '', version = ''] = asset;
    requireWorkspace(address, workspace, [subscription, group, name]);
    return {
      kind: 'asset',
      type: type.toLowerCase() === 'models' ? 'models' : 'data',
      name: assetName,
      version,
    };
  }
  throw new AmlDeitError('ADDRESS_INVALID', `"${address}" is no address of files of a workspace`, {
    hint: 'expected azureml://datastores/NAME/paths/PATH, azureml://jobs/JOB/outputs/NAME, or the id of a model or data version',
  });
}

function requireWorkspace(
  address: string,
  workspace: WorkspaceNames,
  [subscription, group, name]: readonly (string | undefined)[],
): void {
  const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
  if (
    same(subscription, workspace.subscriptionId) &&
    same(group, workspace.resourceGroup) &&
    same(name, workspace.workspaceName)
  ) {
    return;
  }
  throw new AmlDeitError(
    'ADDRESS_INVALID',
    `"${address}" is of workspace ${name ?? ''} in resource group ${group ?? ''}, not of ${workspace.workspaceName}`,
    { hint: 'name that workspace as the target' },
  );
}

/** Folders of a store are names with slashes: one is put below another without doubling them. */
export function joinStoragePath(folder: string, path: string): string {
  return [folder.replace(/\/+$/, ''), path.replace(/^\/+/, '')].filter((part) => part !== '').join('/');
}
