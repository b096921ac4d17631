import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../io/index.ts';
import type { Platform, TarEntry } from '../oci/index.ts';
import { takesFile } from './collect-packages.ts';
import type { InstalledPackage } from './find-package.ts';
import { fileEntry, folderEntries, inOrder, textEntry } from './layer-entries.ts';
import { imageRoot } from './platform-names.ts';
import type { PlacedPackage } from './place-packages.ts';

/** A layer before it is written. */
export interface PlannedLayer {
  readonly name: 'node' | 'dependencies' | 'server' | 'model';
  readonly entries: readonly TarEntry[];
  /** Weights are noise to a compressor: it would cost minutes and win nothing. */
  readonly compress: boolean;
}

export async function nodeLayer(node: InstalledPackage): Promise<PlannedLayer> {
  const file = async (path: string, mode: number): Promise<TarEntry> => {
    const source = join(node.directory, ...path.split('/'));
    return fileEntry(`${imageRoot}/node/${path}`, source, (await stat(source)).size, mode);
  };
  const entries = [await file('bin/node', 0o755), await file('LICENSE', 0o644)];
  return { name: 'node', compress: true, entries: inOrder(entries) };
}

export async function dependencyLayer(
  packages: readonly PlacedPackage[],
  platform: Platform,
): Promise<PlannedLayer> {
  const entries: TarEntry[] = [];
  for (const found of packages)
    entries.push(
      ...(await folderEntries(found.directory, `${imageRoot}/${found.path}`, takesFile(found, platform))),
    );
  return { name: 'dependencies', compress: true, entries: inOrder(entries) };
}

/** Our own files, and a program of the package's name on the image's PATH. */
export async function serverLayer(node: string, sbom: string): Promise<PlannedLayer> {
  const root = packageRoot();
  const entries: TarEntry[] = [
    textEntry(`${imageRoot}/sbom.cdx.json`, sbom),
    textEntry(`${imageRoot}/bin/aml-deit`, `#!/bin/sh\nexec ${node} /${imageRoot}/bin/run.js "$@"\n`, 0o755),
  ];
  for (const file of ['package.json', 'oclif.manifest.json', 'LICENSE'])
    entries.push(fileEntry(`${imageRoot}/${file}`, join(root, file), (await stat(join(root, file))).size));
  for (const folder of ['bin', 'dist', 'schemas', 'templates'])
    entries.push(
      ...(await folderEntries(
        join(root, folder),
        `${imageRoot}/${folder}`,
        (path) => !(folder === 'dist' && path.startsWith('types/')),
      )),
    );
  return { name: 'server', compress: true, entries: inOrder(entries) };
}

export async function modelLayer(directory: string): Promise<PlannedLayer> {
  return {
    name: 'model',
    compress: false,
    entries: inOrder(await folderEntries(directory, `${imageRoot}/model`)),
  };
}
