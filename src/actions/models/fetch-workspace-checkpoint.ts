import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { amlDeitHome, silentHost } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';
import type { ConnectOptions } from '../connect.ts';
import { withConnection } from '../with-connection.ts';
import { findModelVersion } from './model-reference.ts';

export interface WorkspaceCheckpoint {
  /** The folder that holds the files, in aml-deit's own cache. */
  readonly directory: string;
  readonly name: string;
  /** `azureml:NAME:VERSION`, a registry's address of one version, or the address that was given. */
  readonly uri: string;
}

/**
 * The files of a registered model, a registry's model, a job's output or a datastore's folder, downloaded into
 * aml-deit's cache. What is there already is compared with the store's hashes and not fetched again.
 *
 * @throws ASSET_NOT_FOUND, ADDRESS_INVALID, AZURE_NOT_FOUND, DOWNLOAD_FAILED, and what
 * connecting may throw.
 */
export async function fetchWorkspaceCheckpoint(
  source: string,
  options: ConnectOptions & ActionContext,
): Promise<WorkspaceCheckpoint> {
  return withConnection(options, async (aml, call) => {
    const { address, name, uri } = await locate(aml, source, call);
    const key = createHash('sha256').update(`${aml.workspaceId.toLowerCase()}\n${address}`).digest('hex');
    const folder = join(amlDeitHome(options.env), 'checkpoints', key.slice(0, 32));
    await mkdir(join(folder, '..'), { recursive: true, mode: 0o700 });
    const directory = await download(aml, address, folder, { title: uri, call, host: options.host });
    return { directory, name, uri };
  });
}

async function locate(
  aml: AzureMl,
  source: string,
  call: CallOptions,
): Promise<{ address: string; name: string; uri: string }> {
  const job = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)/i.exec(source);
  if (job !== null) return { address: source, name: `${job[1]}-${job[2]}`, uri: source };
  if (/^azureml:\/\/datastores\//i.test(source)) {
    const name = source.replace(/\/+$/, '').split('/').at(-1) ?? 'model';
    return { address: source, name, uri: source };
  }
  const ofRegistry = await aml.registryModels.get(source, call);
  if (ofRegistry !== undefined) return { address: ofRegistry.uri, ...ofRegistry };
  const found = await findModelVersion(aml, source, call);
  return { address: found.id, name: found.modelName, uri: `azureml:${found.modelName}:${found.name}` };
}

async function download(
  aml: AzureMl,
  address: string,
  folder: string,
  { title, call, host = silentHost }: { title: string; call: CallOptions; host: ActionContext['host'] },
): Promise<string> {
  const progress = { id: 'download', text: `downloading ${title}`, unit: 'bytes' } as const;
  const run = async (): Promise<string> => {
    const { directory, totalBytes } = await aml.downloadFolder(address, folder, {
      ...call,
      onProgress: ({ downloadedBytes, totalBytes: total }) =>
        host.progress({ ...progress, state: 'running', current: downloadedBytes, total }),
    });
    host.progress({ ...progress, state: 'done', current: totalBytes, total: totalBytes });
    return directory;
  };
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AmlDeitError) || error.code !== 'OUTPUT_EXISTS') throw error;
    // A job's output or a folder has other files than when it was cached; the cache is ours to empty.
    await rm(folder, { recursive: true });
    return await run();
  }
}
