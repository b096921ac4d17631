import { resolve } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { silentHost } from '../io/index.ts';
import type { RegistryImportResult } from '../local/index.ts';
import type { LocalOptions } from './local-down.ts';
import { runningTwin } from './running-twin.ts';

export interface ImportRegistryModelOptions extends LocalOptions {
  /** A model package: what `model export` makes. */
  readonly directory: string;
  /** Name and version in the twin's `azureml` registry; by default the card's. */
  readonly name?: string;
  readonly version?: string;
}

/**
 * Puts a model package into the local twin's `azureml` registry, under the card's name and version unless others are
 * given, so that serving by reference runs. It is a stand-in: served by the own scoring server, not by MLflow.
 * Throws PACKAGE_INVALID, PACKAGE_NOT_FOUND, TWIN_NOT_RUNNING, TWIN_IMPORT_FAILED.
 */
export async function importRegistryModel(
  options: ImportRegistryModelOptions,
): Promise<RegistryImportResult> {
  const host = options.host ?? silentHost;
  const [{ card }, { readModelPackage }, { askImport }] = await Promise.all([
    import('../card/index.ts'),
    import('../vision/read-model-package.ts'),
    import('../local/index.ts'),
  ]);
  const directory = resolve(options.directory);
  await readModelPackage(directory);
  const twin = await runningTwin(options);
  const name = options.name ?? card.name;
  const version = options.version ?? card.version;
  for (const [what, value] of Object.entries({ name, version }))
    if (!/^[a-zA-Z0-9][\w.-]{0,254}$/.test(value))
      throw new AmlDeitError('NAME_INVALID', `the ${what} "${value}" is no name of a registry asset`);
  const text = `importing ${name} version ${version} into the local registry`;
  host.progress({ id: 'import', text, state: 'running' });
  try {
    const result = await askImport(twin, { directory, name, version });
    host.progress({ id: 'import', text, state: 'done' });
    return result;
  } catch (error) {
    host.progress({ id: 'import', text, state: 'failed' });
    throw new AmlDeitError('TWIN_IMPORT_FAILED', `${directory} was not imported: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
