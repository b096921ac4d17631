import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { operationError } from '../http/service-error.ts';
import { OperationFailure } from '../arm/operation-runner.ts';
import { parseDatastoreUri, parseModelReference } from '../arm/resource-ids.ts';
import type { TwinServices } from '../services.ts';
import { findDatastore, placeIn } from '../storage/datastores.ts';
import type { BoundedLog } from './bounded-log.ts';

interface ModelSource {
  readonly name: string;
  readonly version: string;
  readonly container: string;
  /** A blob, or a folder without its trailing slash. */
  readonly path: string;
  /** Folder below the model's root that the files go to: the registered folder's own name. */
  readonly folder: string;
}

function failure(message: string): OperationFailure {
  return new OperationFailure(operationError('BadArgument', `unable to download user model: ${message}`));
}

function locate(model: string, services: Pick<TwinServices, 'identity' | 'tables'>): ModelSource {
  const reference = parseModelReference(services.identity, model);
  if (reference === undefined) throw failure(`"${model}" is no model reference`);
  const { name, version } = reference;
  if (reference.source === 'registry') {
    const record = services.tables.registryModels.get(name, version)?.body;
    if (record === undefined) throw failure(`the registry has no model ${name} version ${version}`);
    return {
      name,
      version,
      container: record.container,
      path: record.prefix.replace(/\/+$/, ''),
      folder: '',
    };
  }
  const record = services.tables.modelVersions.get(name, version)?.body;
  if (record === undefined) throw failure(`model ${name} version ${version} is gone`);
  const location = parseDatastoreUri(services.identity, record.modelUri);
  const datastore = location === undefined ? undefined : findDatastore(services, location.datastore);
  if (location === undefined || datastore === undefined)
    throw failure(`${record.modelUri} is in no datastore`);
  const path = location.path.replace(/\/+$/, '');
  const place = placeIn(services.identity, datastore, path);
  if (place === undefined)
    throw failure(
      `${record.modelUri} is in the storage account "${datastore.account}", which the local twin has not`,
    );
  return { name, version, ...place, folder: basename(path) };
}

/** A blob's name must not lead out of the folder that it is written to. */
function fileBelow(root: string, relative: string): string {
  const file = resolve(root, ...relative.split('/'));
  if (file !== root && !file.startsWith(root + sep))
    throw failure(`the blob name "${relative}" leaves its folder`);
  return file;
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/**
 * Downloads a model as the storage initializer does, to `azureml-models/{name}/{version}` below `directory`, and
 * returns that folder: the deployment's `AZUREML_MODEL_DIR`. A finished download is not repeated.
 */
export async function materializeModel(
  model: string,
  directory: string,
  services: Pick<TwinServices, 'identity' | 'tables' | 'blobs'>,
  log: BoundedLog,
  signal: AbortSignal,
): Promise<string> {
  const source = locate(model, services);
  const root = join(resolve(directory), 'azureml-models', source.name, source.version);
  const complete = join(directory, 'model-complete');
  if (await exists(complete)) return root;
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  log.line(`Downloading model ${source.name}:${source.version} from ${source.container}/${source.path}`);
  let files = 0;
  let bytes = 0;
  const target = source.folder === '' ? root : fileBelow(root, source.folder);
  for await (const blob of services.blobs.list(source.container, source.path)) {
    signal.throwIfAborted();
    const isFile = blob.name === source.path;
    if (!isFile && !blob.name.startsWith(`${source.path}/`)) continue;
    const file = isFile ? target : fileBelow(target, blob.name.slice(source.path.length + 1));
    await mkdir(dirname(file), { recursive: true });
    await services.blobs.download(source.container, blob.name, createWriteStream(file));
    log.line(`Downloaded ${blob.name} (${blob.bytes} bytes)`);
    files += 1;
    bytes += blob.bytes;
  }
  if (files === 0) {
    log.line('No blobs found');
    throw failure(`nothing is stored at ${source.container}/${source.path}`);
  }
  log.line(`Download completed: ${files} files, ${bytes} bytes`);
  await writeFile(complete, '');
  return root;
}
