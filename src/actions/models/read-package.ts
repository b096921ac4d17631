import { silentHost, readFolderContent } from '../../io/index.ts';
import type { ActionContext, FolderContent } from '../../io/index.ts';
import type { ModelManifest } from '../../vision/index.ts';

export interface PackageContent {
  /** The manifest and the files that it names; what else lies in the folder is not part of it. */
  readonly content: FolderContent;
  readonly manifest: ModelManifest;
  /** Files that are not what the manifest recorded. */
  readonly altered: readonly string[];
}

/**
 * A model package by the content of its files. The host is told of files that do not belong to it.
 * Throws PACKAGE_NOT_FOUND, PACKAGE_INVALID, FILE_UNREADABLE.
 */
export async function readPackage(directory: string, context: ActionContext): Promise<PackageContent> {
  const host = context.host ?? silentHost;
  const { manifestFileName, readModelPackage } = await import('../../vision/index.ts');
  const { manifest } = await readModelPackage(directory);
  host.progress({ id: 'read-package', text: `reading the model package ${directory}`, state: 'running' });
  const strays: string[] = [];
  const content = await readFolderContent(directory, context.signal, (path) => {
    const isOwn = path === manifestFileName || Object.hasOwn(manifest.files, path);
    if (!isOwn) strays.push(path);
    return isOwn;
  });
  host.progress({
    id: 'read-package',
    text: `read the model package ${directory}`,
    state: 'done',
    current: content.totalBytes,
    unit: 'bytes',
  });
  if (strays.length > 0) {
    host.message({
      code: 'package-strays',
      level: 'warning',
      text: `${directory} also holds what is no part of the package and is left out: ${strays.slice(0, 5).join(', ')}${strays.length > 5 ? ', …' : ''}`,
      data: { files: strays },
    });
  }
  const altered = content.files
    .filter(({ path, sha256 }) => (manifest.files[path]?.sha256 ?? sha256) !== sha256)
    .map(({ path }) => path);
  return { content, manifest, altered };
}
