import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { silentHost } from '../io/index.ts';
import type { AzureMl, CallOptions, DownloadedFolder } from '../azure/index.ts';
import { findModelVersion } from './models/model-reference.ts';
import type { ModelOptions } from './show-model.ts';
import { withConnection } from './with-connection.ts';

export interface DownloadModelOptions extends Omit<ModelOptions, 'model'> {
  /** As `showModel` takes it, or a registry's: `azureml://registries/R/models/N/versions/V` or `…/labels/latest`. */
  readonly model: string;
  /** A new or empty folder. */
  readonly out: string;
  /** Put the files into a folder that holds others; files of the same name are replaced. */
  readonly force?: boolean;
}

export interface DownloadModelResult extends DownloadedFolder {
  readonly name: string;
  readonly version: string;
  /** Of a model package: every file is what its manifest says. Absent for models of other kinds. */
  readonly packageHash?: string;
}

/**
 * Downloads the files of a registered model or of a registry's. An interrupted download goes on; files that are there are not fetched again.
 * Throws ASSET_NOT_FOUND, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN, DOWNLOAD_FAILED, and PACKAGE_INVALID when it is a model
 * package whose files are not those of its manifest.
 */
export function downloadModel(options: DownloadModelOptions): Promise<DownloadModelResult> {
  return withConnection(options, async (aml, call) => {
    const host = options.host ?? silentHost;
    const { name, version, address } = await locate(aml, options.model, call);
    const title = `${name}:${version}`;
    const progress = { id: 'download', unit: 'bytes' } as const;
    const folder = await aml.downloadFolder(address, options.out, {
      ...call,
      ...(options.force === undefined ? {} : { force: options.force }),
      onProgress: ({ downloadedBytes, totalBytes }) =>
        host.progress({
          ...progress,
          text: `downloading ${title}`,
          state: 'running',
          current: downloadedBytes,
          total: totalBytes,
        }),
    });
    host.progress({
      ...progress,
      text: folder.reused ? `${title} is there already` : `downloaded ${title}`,
      state: folder.reused ? 'skipped' : 'done',
      current: folder.totalBytes,
    });
    const result = { name, version, ...folder };
    const { manifestFileName } = await import('../vision/index.ts');
    if (!existsSync(join(folder.directory, manifestFileName))) return result;
    const { verifyPackageFiles } = await import('../model/index.ts');
    const { contentHash } = await verifyPackageFiles(folder.directory);
    return { ...result, packageHash: contentHash };
  });
}

async function locate(
  aml: AzureMl,
  model: string,
  call: CallOptions,
): Promise<{ readonly name: string; readonly version: string; readonly address: string }> {
  const ofRegistry = await aml.registryModels.get(model, call);
  if (ofRegistry !== undefined) return { ...ofRegistry, address: ofRegistry.uri };
  const found = await findModelVersion(aml, model, call);
  return { name: found.modelName, version: found.name, address: found.id };
}
