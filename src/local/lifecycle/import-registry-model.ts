import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { TwinServices } from '../services.ts';
import { registryContainer } from '../storage/datastores.ts';

export interface RegistryImport {
  readonly directory: string;
  readonly name: string;
  readonly version: string;
}

export interface RegistryImportResult {
  readonly id: string;
  readonly files: number;
  readonly bytes: number;
}

async function* filesOf(
  root: string,
  directory = root,
): AsyncGenerator<{ file: string; name: string; bytes: number }> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = join(directory, entry.name);
    const found = await stat(file);
    if (found.isDirectory()) yield* filesOf(root, file);
    else if (found.isFile())
      yield { file, name: relative(root, file).replaceAll('\\', '/'), bytes: found.size };
  }
}

/** Copies a model package into the registry's storage, and only then lists it: there is no half-imported model. */
export async function importIntoRegistry(
  options: RegistryImport,
  services: Pick<TwinServices, 'blobs' | 'tables'>,
): Promise<RegistryImportResult> {
  const { directory, name, version } = options;
  const prefix = `${name}/${version}/`;
  await services.blobs.createContainer(registryContainer);
  services.tables.registryModels.delete(name, version);
  await services.blobs.deletePrefix(registryContainer, prefix);
  let files = 0;
  let bytes = 0;
  for await (const entry of filesOf(directory)) {
    await services.blobs.uploadFile(registryContainer, `${prefix}${entry.name}`, entry.file, entry.bytes);
    files += 1;
    bytes += entry.bytes;
  }
  services.tables.registryModels.put(name, version, {
    description:
      'imported by aml-deit local import-registry-model: a stand-in, served by the own scoring server',
    tags: { 'aml-deit.stand-in': 'true' },
    container: registryContainer,
    prefix,
  });
  return { id: `azureml://registries/azureml/models/${name}/versions/${version}`, files, bytes };
}
