import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { sleep, throwIfAborted } from '../../io/index.ts';
import type { HubCache } from './hub-cache.ts';
import type { HubClient, HubFile } from './hub-client.ts';
import { hashBegin } from './hub-file-hash.ts';

export interface DownloadHubFileOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the file that are there. */
  readonly onBytes?: (bytes: number) => void;
  /** Before the first retry; it doubles with each. */
  readonly retryDelayMs?: number;
}

const attempts = 5;

/**
 * Fetches a file into the cache, going on where an earlier attempt or an interrupted run left off. It appears under its
 * hash only when its content has that hash.
 *
 * @throws HUB_FILE_DAMAGED; HUB_UNREACHABLE after five attempts; OUTPUT_NOT_WRITTEN for a full disk; INTERRUPTED.
 */
export async function downloadHubFile(
  client: HubClient,
  cache: HubCache,
  place: { readonly repository: string; readonly commit: string; readonly file: HubFile },
  options: DownloadHubFileOptions = {},
): Promise<void> {
  const { file } = place;
  const target = cache.blob(file.hash);
  const incomplete = `${target}.incomplete`;
  await mkdir(dirname(target), { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchRest(client, place, incomplete, options);
      await rename(incomplete, target);
      return;
    } catch (error) {
      throwIfAborted(options.signal);
      if (!(error instanceof AmlDeitError) || error.code !== 'HUB_UNREACHABLE' || attempt === attempts)
        throw error;
      await sleep((options.retryDelayMs ?? 500) * 2 ** (attempt - 1), options.signal);
    }
  }
}

async function fetchRest(
  client: HubClient,
  { repository, commit, file }: { repository: string; commit: string; file: HubFile },
  incomplete: string,
  { signal, onBytes }: DownloadHubFileOptions,
): Promise<void> {
  await using handle = await open(incomplete, 'a+');
  const { size } = await handle.stat();
  // More than there can be: left by something else.
  if (size > file.bytes) await handle.truncate(0);
  let done = size > file.bytes ? 0 : size;
  const hash = await hashBegin(file, incomplete, done, signal);
  if (done < file.bytes) {
    const body = await client.read(repository, commit, file, done);
    try {
      for await (const chunk of body) {
        throwIfAborted(signal);
        if (done + chunk.byteLength > file.bytes) throw new Error('more bytes came than the file has');
        await write(handle, chunk, incomplete);
        hash.update(chunk);
        done += chunk.byteLength;
        onBytes?.(done);
      }
    } catch (error) {
      if (error instanceof AmlDeitError) throw error;
      throw unreachable(
        `${repository}/${file.name} broke off at byte ${done}: ${errorMessage(error)}`,
        error,
      );
    }
  }
  if (done < file.bytes)
    throw unreachable(`${repository}/${file.name} ended at byte ${done} of ${file.bytes}`);
  const actual = hash.digest('hex');
  if (actual === file.hash) return;
  await rm(incomplete, { force: true });
  throw new AmlDeitError(
    'HUB_FILE_DAMAGED',
    `${repository}/${file.name} is not what the hub says it is: its hash is ${actual}, expected ${file.hash}`,
    { details: { expected: file.hash, actual } },
  );
}

async function write(handle: FileHandle, chunk: Uint8Array, file: string): Promise<void> {
  try {
    await handle.writeFile(chunk);
  } catch (error) {
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${file} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

function unreachable(problem: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('HUB_UNREACHABLE', problem, {
    hint: 'run the same command again: it goes on where it stopped',
    ...(cause === undefined ? {} : { cause }),
  });
}
