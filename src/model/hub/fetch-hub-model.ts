import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import type { Host } from '../../io/index.ts';
import { packageFileNames } from '../../vision/index.ts';
import { findWeights, weightNames } from '../checkpoint/find-weights.ts';
import { hashFiles } from '../checkpoint/hash-files.ts';
import { readShardIndex } from '../checkpoint/shard-index.ts';
import { downloadHubFile } from './download-hub-file.ts';
import { HubCache, hubCacheDirectory } from './hub-cache.ts';
import { connectHub } from './hub-client.ts';
import type { HubClient, HubFile } from './hub-client.ts';
import { isCommit } from './hub-reference.ts';
import type { HubReference } from './hub-reference.ts';

export interface FetchHubModelOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  readonly signal?: AbortSignal;
  /** Before the first retry of a download that broke off. */
  readonly retryDelayMs?: number;
}

export interface HubModel {
  /** The model's folder in the cache. */
  readonly directory: string;
  readonly commit: string;
}

/** A model of the hub, as far as the cache has it or the hub gives it. */
interface Place {
  readonly repository: string;
  readonly commit: string;
  readonly cache: HubCache;
}

/**
 * A model of the hub in the cache that the hub's own libraries use: config, preprocessing and weights, and nothing
 * else; each file is checked against the hash that the hub names. A commit that is whole in the cache needs no network,
 * and neither does anything with `HF_HUB_OFFLINE=1`.
 *
 * @throws AUTH_DENIED, HUB_NOT_FOUND, HUB_UNREACHABLE, HUB_FILE_DAMAGED, OUTPUT_NOT_WRITTEN, INTERRUPTED.
 */
export async function fetchHubModel(
  reference: HubReference,
  options: FetchHubModelOptions,
): Promise<HubModel> {
  const { repository, revision = 'main' } = reference;
  const { env, host } = options;
  const cache = new HubCache(hubCacheDirectory(env), repository);
  const cached = isCommit(revision) ? revision : await cache.commitOf(revision);
  const offline = !['', '0', 'false', undefined].includes(env['HF_HUB_OFFLINE']);
  if (cached !== undefined && (offline || isCommit(revision))) {
    const found = await fromCache({ repository, commit: cached, cache }, !offline, options);
    if (found !== undefined) return found;
  }
  if (offline) {
    throw new AmlDeitError(
      'HUB_UNREACHABLE',
      `${repository}@${revision} is not in the cache, and HF_HUB_OFFLINE is set`,
    );
  }
  const client = await connectHub(env, options.signal);
  const commit = await client.resolve(repository, revision).catch(async (error: unknown) => {
    const unreachable = error instanceof AmlDeitError && error.code === 'HUB_UNREACHABLE';
    if (unreachable && cached !== undefined && existsSync(cache.snapshot(cached))) {
      host.message({
        code: 'hub-unreachable',
        level: 'warning',
        text: `${error.message}; taking ${repository}@${revision} as the cache has it (${cached})`,
      });
      return undefined;
    }
    throw error;
  });
  if (commit === undefined) {
    const found = await fromCache({ repository, commit: cached ?? '', cache }, false, options);
    if (found !== undefined) return found;
    throw new AmlDeitError('HUB_UNREACHABLE', `${repository}@${revision} is not whole in the cache`);
  }
  // A commit names its content: another answer is another model.
  if (!isCommit(commit) || (isCommit(revision) && commit !== revision)) {
    throw new AmlDeitError(
      'HUB_FILE_DAMAGED',
      `the hub gives commit ${commit} of ${repository}, expected ${revision}`,
    );
  }
  await download(client, { repository, commit, cache }, options);
  if (!isCommit(revision)) await cache.rememberCommit(revision, commit);
  return { directory: cache.snapshot(commit), commit };
}

/** The folder, if weights and config are there, and each blob's content still has the hash that it is named by. */
async function fromCache(
  { commit, cache }: Place,
  withPreprocessor: boolean,
  { host, signal }: FetchHubModelOptions,
): Promise<HubModel | undefined> {
  const directory = cache.snapshot(commit);
  const { config, preprocessor } = packageFileNames;
  if (!existsSync(join(directory, config))) return undefined;
  // Without it the hub has to be asked whether there is one.
  if (withPreprocessor && !existsSync(join(directory, preprocessor))) return undefined;
  const weights = await findWeights(directory).catch(() => undefined);
  if (weights === undefined) return undefined;
  const files = weights.sharded ? [...(await readShardIndex(weights.file)).keys()] : [weights.file];
  for (const file of files) {
    const blob = await realpath(file).catch(() => undefined);
    if (blob === undefined) return undefined;
    const name = basename(blob);
    if (name.length === 64 && (await hashFiles([blob], signal)) !== name) {
      throw new AmlDeitError(
        'HUB_FILE_DAMAGED',
        `${blob} is damaged: its hash is not the one that it is named by`,
        {
          hint: 'delete it, and run the same command again',
        },
      );
    }
  }
  host.message({ code: 'hub-cached', level: 'info', text: `from the cache: ${directory}` });
  return { directory, commit };
}

async function download(client: HubClient, place: Place, options: FetchHubModelOptions): Promise<void> {
  const { repository, commit } = place;
  const listed = new Map((await client.list(repository, commit)).map((file) => [file.name, file]));
  const { config, preprocessor } = packageFileNames;
  const weights = weightNames.find((name) => listed.has(name));
  if (weights === undefined) {
    throw new AmlDeitError('HUB_NOT_FOUND', `${repository}@${commit} has no ${weightNames.join(', ')}`);
  }
  const sharded = weights.endsWith('.index.json');
  const small = [config, preprocessor, ...(sharded ? [weights] : [])].flatMap(
    (name) => listed.get(name) ?? [],
  );
  await fetchAll(client, place, small, options);
  const large = sharded ? await shardsOf(place, weights, listed) : [listed.get(weights) as HubFile];
  await fetchAll(client, place, large, options);
}

async function shardsOf(
  { repository, commit, cache }: Place,
  index: string,
  listed: ReadonlyMap<string, HubFile>,
): Promise<HubFile[]> {
  const shards = await readShardIndex(join(cache.snapshot(commit), index));
  return [...shards.keys()].map((path) => {
    const file = listed.get(basename(path));
    if (file === undefined)
      throw new AmlDeitError('HUB_NOT_FOUND', `${repository} has no file ${basename(path)}`);
    return file;
  });
}

async function fetchAll(
  client: HubClient,
  { repository, commit, cache }: Place,
  files: readonly HubFile[],
  { host, signal, retryDelayMs }: FetchHubModelOptions,
): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = {
    id: `download-${files[0]?.name ?? ''}`,
    text: `downloading ${repository}`,
    total,
    unit: 'bytes',
  } as const;
  let done = 0;
  try {
    for (const file of files) {
      if (!(await cache.has(file, signal))) {
        await downloadHubFile(
          client,
          cache,
          { repository, commit, file },
          {
            onBytes: (bytes) => host.progress({ ...progress, state: 'running', current: done + bytes }),
            ...(signal === undefined ? {} : { signal }),
            ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
          },
        );
      }
      await cache.place(commit, file.name, file.hash);
      done += file.bytes;
    }
    host.progress({ ...progress, state: 'done', current: total });
  } catch (error) {
    host.progress({ ...progress, state: 'failed' });
    throw error;
  }
}
