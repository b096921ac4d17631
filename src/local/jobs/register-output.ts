import type { TwinTables } from '../services.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import { isModelType } from './job-spec.ts';
import type { OutputAsset } from './job-spec.ts';
import { placeUri } from './output-place.ts';
import type { RunOutput } from './run-record.ts';

const plain = { description: null, tags: {}, properties: {}, isArchived: false } as const;

/** The version after the highest number among those that there are. */
function nextVersion(names: readonly string[]): string {
  const numbers = names.map(Number).filter((number) => Number.isInteger(number) && number >= 0);
  return String(Math.max(0, ...numbers) + 1);
}

/** Registers an output as a version of data or of a model, as its type says. A version that is there stays as it is. */
export function registerOutput(
  output: RunOutput,
  asset: OutputAsset,
  runId: string,
  services: { readonly identity: TwinIdentity; readonly tables: TwinTables },
): { readonly name: string; readonly version: string } {
  const { tables } = services;
  const isModel = isModelType(output.dataType);
  const containers = isModel ? tables.models : tables.data;
  const versions = isModel ? tables.modelVersions : tables.dataVersions;
  const { name } = asset;
  const version = asset.version ?? nextVersion(versions.names(name));
  const isFile = output.dataType === 'uri_file';
  const uri = placeUri(services, output.place, !isFile && !isModel) ?? '';
  if (containers.get('', name) === undefined) containers.put('', name, plain);
  const shared = {
    ...plain,
    properties: { 'azureml.jobname': runId },
    isAnonymous: false,
    stage: isModel ? 'Development' : null,
  };
  if (versions.get(name, version) !== undefined) return { name, version };
  if (isModel)
    tables.modelVersions.put(name, version, {
      ...shared,
      modelType: output.dataType,
      modelUri: uri,
      flavors: {},
    });
  else
    tables.dataVersions.put(name, version, {
      ...shared,
      dataType: output.dataType,
      dataUri: uri,
      referencedUris: null,
    });
  return { name, version };
}
