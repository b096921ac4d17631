import { parseDataReference, parseDatastoreUri, parseModelReference } from '../arm/resource-ids.ts';
import { registryName } from '../arm/registry/registry-scope.ts';
import type { TwinTables } from '../services.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import { parseBlobUrl } from '../storage/blob-url.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import { findDatastore, placeIn } from '../storage/datastores.ts';
import { artifactFolder } from './run-record.ts';
import type { RunStore } from './run-store.ts';

export interface UriContext {
  readonly identity: TwinIdentity;
  readonly tables: Pick<TwinTables, 'dataVersions' | 'modelVersions' | 'registryModels' | 'datastores'>;
  readonly runs: RunStore;
}

export interface ResolvedUri {
  readonly place: BlobPlace;
  /** Nothing at the place is no fault: a step may have written nothing. */
  readonly mayBeEmpty: boolean;
}

/** Why an address leads nowhere: in words that follow "the address … ". */
export interface UnresolvedUri {
  readonly fault: string;
}

export interface JobOutputReference {
  readonly job: string;
  readonly output: string;
  /** Below the output; empty for all of it. */
  readonly path: string;
}

/** `azureml://jobs/{job}/outputs/{output}[/paths/{path}]`. */
export function parseJobOutput(uri: string): JobOutputReference | undefined {
  const [, job, output, path = ''] =
    /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)(?:\/paths\/(.*)|\/)?$/i.exec(uri) ?? [];
  return job === undefined || output === undefined ? undefined : { job, output, path };
}

/** Addresses that lead to addresses, at most: a data version of a job output of …. */
const maxHops = 8;

function join(folder: string, path: string): string {
  return [folder.replace(/\/+$/, ''), path.replace(/^\/+|\/+$/g, '')].filter((part) => part !== '').join('/');
}

function resolveJobOutput({ job, output, path }: JobOutputReference, context: UriContext) {
  const run = context.runs.get(job)?.body;
  if (run === undefined) return { fault: `names the job "${job}", which does not exist` };
  // What a job leaves in its artifacts, logs included, is an output that every job has.
  if (output === 'artifacts' || output === 'default')
    return { place: { container: 'azureml', path: join(artifactFolder(run.runId), path) }, mayBeEmpty: true };
  const found = Object.hasOwn(run.outputs, output) ? run.outputs[output] : undefined;
  if (found === undefined)
    return {
      fault: `names the output "${output}" of the job ${job}, which ${run.status === 'Completed' ? 'it does not have' : `it does not have (the job is ${run.status})`}`,
    };
  return { place: { ...found.place, path: join(found.place.path, path) }, mayBeEmpty: true };
}

/** The address that a data version or model stands for. */
function assetUri(uri: string, context: UriContext): { readonly uri: string } | UnresolvedUri | undefined {
  const { identity, tables } = context;
  // `azureml:name:version` is how files write it; clients send ids.
  const [, name, version] = /^azureml:([^:/]+):([^:/]+)$/.exec(uri) ?? [];
  const data =
    name !== undefined && version !== undefined ? { name, version } : parseDataReference(identity, uri);
  if (data !== undefined) {
    const known =
      data.version === 'latest'
        ? tables.dataVersions.newest(data.name)
        : tables.dataVersions.get(data.name, data.version);
    if (known !== undefined) return { uri: known.body.dataUri };
    if (name === undefined) return { fault: `names data ${data.name}:${data.version}, which does not exist` };
  }
  const model =
    name !== undefined && version !== undefined
      ? ({ source: 'workspace', name, version } as const)
      : parseModelReference(identity, uri);
  if (model?.source !== 'workspace') return undefined;
  const known = tables.modelVersions.get(model.name, model.version)?.body;
  return known === undefined
    ? { fault: `names ${model.name}:${model.version}, which does not exist` }
    : { uri: known.modelUri };
}

/** The place in the blob store that an input's address stands for. */
export function resolveUri(given: string, context: UriContext): ResolvedUri | UnresolvedUri {
  const { identity, tables } = context;
  let uri = given.startsWith('azureml:/subscriptions/') ? given.slice('azureml:'.length) : given;
  for (let hop = 0; hop < maxHops; hop += 1) {
    const blob = parseBlobUrl(identity, uri);
    if (blob !== undefined) return { place: { ...blob, path: join(blob.path, '') }, mayBeEmpty: false };
    const path = parseDatastoreUri(identity, uri);
    if (path !== undefined) {
      const datastore = findDatastore(context, path.datastore);
      if (datastore === undefined)
        return { fault: `names the datastore "${path.datastore}", which does not exist` };
      const place = placeIn(identity, datastore, join(path.path, ''));
      return place === undefined
        ? { fault: `is in the storage account "${datastore.account}", which the local twin has not` }
        : { place, mayBeEmpty: false };
    }
    const output = parseJobOutput(uri);
    if (output !== undefined) return resolveJobOutput(output, context);
    const model = parseModelReference(identity, uri);
    if (model?.source === 'registry') {
      const known =
        model.registry.toLowerCase() === registryName
          ? tables.registryModels.get(model.name, model.version)?.body
          : undefined;
      if (known === undefined)
        return {
          fault: `names the model ${model.name}:${model.version} of the registry ${model.registry}, which nobody imported`,
        };
      return { place: { container: known.container, path: join(known.prefix, '') }, mayBeEmpty: false };
    }
    if (/^https?:/i.test(uri))
      return {
        fault:
          'is on the web, and the local twin reads its own storage only: upload it, or name a local folder',
      };
    const asset = assetUri(uri, context);
    if (asset === undefined)
      return { fault: 'is no path of a datastore, no asset and no output of a job of this workspace' };
    if ('fault' in asset) return asset;
    uri = asset.uri;
  }
  return { fault: `leads on and on: more than ${maxHops} assets` };
}
