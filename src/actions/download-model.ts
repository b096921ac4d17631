import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { silentHost } from '../io/index.ts';
import type { DownloadedFolder } from '../azure/index.ts';
import { findModelVersion } from './models/model-reference.ts';
import type { ModelOptions } from './show-model.ts';
import { withConnection } from './with-connection.ts';

export interface DownloadModelOptions extends ModelOptions {
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
 * Downloads a registered model's files. An interrupted download goes on; files that are there are not fetched again.
 * Throws ASSET_NOT_FOUND, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN, DOWNLOAD_FAILED, and PACKAGE_INVALID when it is a model
 * package whose files are not those of its manifest.
 */
export function downloadModel(options: DownloadModelOptions): Promise<DownloadModelResult> {
  return withConnection(options, async (aml, call) => {
    const host = options.host ?? silentHost;
    const found = await findModelVersion(aml, options.model, call);
    const title = `${found.modelName}:${found.name}`;
    const progress = { id: 'download', unit: 'bytes' } as const;
    const folder = await aml.downloadFolder(found.id, options.out, {
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
    const result = { name: found.modelName, version: found.name, ...folder };
    const { manifestFileName } = await import('../vision/index.ts');
    if (!existsSync(join(folder.directory, manifestFileName))) return result;
    const { verifyPackageFiles } = await import('../model/index.ts');
    const { contentHash } = await verifyPackageFiles(folder.directory);
    return { ...result, packageHash: contentHash };
  });
}
