import { AmlDeitError } from '../errors/index.ts';
import type { ArmSession } from './arm-session.ts';
import { describeRequest, readJson } from './arm-session.ts';
import { responseError } from './azure-error.ts';
import type { AzureMl } from './azure-ml.ts';
import { joinStoragePath, parseStorageAddress } from './storage-address.ts';
import type { StorageAddress } from './storage-address.ts';

/** Who knows where things are. */
export interface FileSources {
  readonly session: ArmSession;
  readonly jobs: Pick<AzureMl['jobs'], 'get'>;
  readonly runs: Pick<AzureMl['runs'], 'get' | 'resolveAsset'>;
}

/** A folder or file of a datastore. */
export interface FilePlace {
  readonly datastore: string;
  readonly path: string;
}

/** Addresses that lead to addresses, at most: a model of a job's output of…. */
const maxHops = 5;

/**
 * The place in a datastore that an address (see `parseStorageAddress`) stands for: what a model or data version is
 * registered with, where a job wrote its output. Throws ADDRESS_INVALID, ASSET_NOT_FOUND, AZURE_NOT_FOUND.
 */
export async function locateFiles(
  sources: FileSources,
  address: string,
  signal?: AbortSignal,
): Promise<FilePlace> {
  let current = address;
  let below = '';
  for (let hop = 0; hop < maxHops; hop += 1) {
    const parsed = parseStorageAddress(current, sources.session);
    if (parsed.kind === 'datastore') {
      return {
        datastore: parsed.datastore,
        path: below === '' ? parsed.path : joinStoragePath(parsed.path, below),
      };
    }
    if (parsed.kind === 'job-output') {
      below = joinStoragePath(parsed.path, below);
      // What a job logs, and what it writes to `./outputs`, is an output that every job has.
      if (parsed.output === 'artifacts' || parsed.output === 'default') {
        return {
          datastore: 'workspaceartifactstore',
          path: joinStoragePath(`ExperimentRun/dcid.${parsed.job}`, below === '' ? '' : below),
        };
      }
    }
    current =
      parsed.kind === 'asset'
        ? await assetUri(sources.session, parsed, signal)
        : await jobOutputUri(sources, parsed, signal);
  }
  throw new AmlDeitError('ADDRESS_INVALID', `"${address}" leads on and on: more than ${maxHops} addresses`);
}

async function assetUri(
  session: ArmSession,
  asset: Extract<StorageAddress, { kind: 'asset' }>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = `${asset.type}/${encodeURIComponent(asset.name)}/versions/${encodeURIComponent(asset.version)}`;
  const found = (await get(session, path, signal)) as
    { properties: { modelUri?: string | null; dataUri?: string | null } } | undefined;
  const kind = asset.type === 'models' ? 'model' : 'data asset';
  if (found === undefined) {
    throw new AmlDeitError(
      'ASSET_NOT_FOUND',
      `workspace "${session.workspaceName}" has no ${kind} ${asset.name}:${asset.version}`,
    );
  }
  const uri = found.properties.modelUri ?? found.properties.dataUri ?? '';
  if (uri !== '') return uri;
  throw new AmlDeitError(
    'ADDRESS_INVALID',
    `the ${kind} ${asset.name}:${asset.version} has no address of files`,
  );
}

/** The control plane tells where a command writes; of pipelines and their steps run history knows. */
async function jobOutputUri(
  sources: FileSources,
  { job, output }: Extract<StorageAddress, { kind: 'job-output' }>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const call = signal === undefined ? {} : { signal };
  const document = await sources.jobs.get(job, call);
  const declared = document?.properties?.outputs ?? {};
  const uri = Object.hasOwn(declared, output) ? (declared[output]?.uri ?? '') : '';
  // The service may keep the expressions of an output's address as they were written: those are of no use here.
  if (uri !== '' && !uri.includes('${{')) return uri;
  const run = await sources.runs.get(job, call);
  if (run === undefined) throw new AmlDeitError('AZURE_NOT_FOUND', `there is no job "${job}"`);
  const outputs = run.outputs ?? {};
  const assetId = Object.hasOwn(outputs, output) ? (outputs[output]?.assetId ?? '') : '';
  if (assetId === '') {
    const known = Object.keys(outputs);
    throw new AmlDeitError('AZURE_NOT_FOUND', `the job "${job}" (${run.status}) has no output "${output}"`, {
      hint: known.length === 0 ? 'it has written none' : `it has ${known.join(', ')}`,
    });
  }
  const resolved = await sources.runs.resolveAsset(assetId, call);
  if (resolved !== undefined && resolved !== '') return resolved;
  throw new AmlDeitError('AZURE_NOT_FOUND', `the service does not say where ${assetId} is`);
}

async function get(session: ArmSession, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const request = { method: 'GET', path, signal } as const;
  const response = await session.send(request);
  if (response.status === 404) return undefined;
  if (response.status === 200) return readJson(response, describeRequest(request));
  throw responseError(response, describeRequest(request));
}
