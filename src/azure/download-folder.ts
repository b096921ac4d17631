import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ContainerClient } from '@azure/storage-blob';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { interrupted, throwIfAborted } from '../io/index.ts';
import type { DownloadedFolder, DownloadOptions } from './azure-ml.ts';
import type { BlobContainer } from './blob-container.ts';
import { DownloadJournal } from './download-journal.ts';
import { downloadStaging, isDownloadStaging } from './download-staging.ts';
import { listRemoteFiles } from './list-remote-files.ts';
import type { RemoteFile } from './list-remote-files.ts';
import { openPlace } from './open-place.ts';
import type { PlaceContext } from './open-place.ts';
import { isSameFile, placeFiles } from './place-files.ts';

/** Requests under way at once; a block goes to disk as it comes, so that memory stays at a few network buffers. */
const parallelBlocks = 8;
const blockBytes = 8 << 20;

/** See `AzureMl.downloadFolder`. */
export async function downloadFolder(
  context: PlaceContext,
  address: string,
  directory: string,
  options: DownloadOptions = {},
): Promise<DownloadedFolder> {
  const { signal } = options;
  const { container, path } = await openPlace(context, address, signal);
  const files = await listRemoteFiles(container, path, signal);
  if (files.length === 0 && options.mayBeEmpty !== true) {
    throw new AmlDeitError(
      'AZURE_NOT_FOUND',
      `there are no files at ${address} (${container.description}: ${path})`,
    );
  }
  const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const target = resolve(directory);
  const result = {
    directory: target,
    files: files.map(({ path, bytes }) => ({ path, bytes })),
    totalBytes,
  };
  try {
    if (await holdsAlready(target, files, signal)) return { ...result, reused: true, downloadedBytes: 0 };
    if ((await entriesOf(target)).length > 0 && options.force !== true) {
      throw new AmlDeitError('OUTPUT_EXISTS', `${directory} is already there and holds other files`, {
        hint: 'name a new or empty folder, or replace single files by force',
      });
    }
    const staging = await downloadStaging(target);
    const incoming = join(staging, 'files');
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    const downloadedBytes = await fetchFiles(container, files, staging, incoming, options);
    for (const file of files) {
      throwIfAborted(signal);
      if (await isSameFile(join(incoming, file.path), file, signal)) continue;
      await rm(staging, { recursive: true });
      throw new AmlDeitError('DOWNLOAD_FAILED', `${file.path} is not what was stored: its hash differs`, {
        hint: 'run the same command again: it begins anew',
      });
    }
    await placeFiles(incoming, target, files);
    await rm(staging, { recursive: true });
    return { ...result, reused: false, downloadedBytes };
  } catch (error) {
    throw localFailure(directory, error);
  }
}

async function holdsAlready(
  target: string,
  files: readonly RemoteFile[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const file of files) {
    const path = join(target, file.path);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true || !(await isSameFile(path, file, signal))) return false;
  }
  return files.length > 0;
}

async function entriesOf(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => !isDownloadStaging(name));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

interface Block {
  readonly file: RemoteFile;
  readonly offset: number;
  readonly bytes: number;
}

/** Fetches the blocks that an earlier, interrupted run has not; gives the bytes that came. */
async function fetchFiles(
  container: BlobContainer,
  files: readonly RemoteFile[],
  staging: string,
  incoming: string,
  options: DownloadOptions,
): Promise<number> {
  const journal = await DownloadJournal.open(join(staging, 'journal'));
  try {
    const blocks: Block[] = [];
    for (const file of files) blocks.push(...(await missingBlocks(incoming, file, journal)));
    const missingBytes = blocks.reduce((sum, block) => sum + block.bytes, 0);
    await requireSpace(staging, missingBytes);

    const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
    let arrivedBytes = totalBytes - missingBytes;
    options.onProgress?.({ downloadedBytes: arrivedBytes, totalBytes });
    const queue = blocks.values();
    const abort = new AbortController();
    const signal =
      options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
    const worker = async (): Promise<void> => {
      for (const block of queue) {
        throwIfAborted(options.signal);
        await fetchBlock(container, block, join(incoming, block.file.path), signal);
        await journal.add(block.file.blob, block.file.etag, block.offset);
        arrivedBytes += block.bytes;
        options.onProgress?.({ downloadedBytes: arrivedBytes, totalBytes });
      }
    };
    const workers = Array.from({ length: parallelBlocks }, worker);
    try {
      await Promise.all(workers);
    } catch (error) {
      abort.abort();
      // The journal is closed next: nobody may still be about to write a line.
      await Promise.allSettled(workers);
      throw options.signal?.aborted === true ? interrupted(options.signal) : error;
    }
    return missingBytes;
  } finally {
    await journal.close();
  }
}

/** Makes room for a file and says which of its blocks are still to come. */
async function missingBlocks(
  incoming: string,
  file: RemoteFile,
  journal: DownloadJournal,
): Promise<readonly Block[]> {
  const path = join(incoming, file.path);
  await mkdir(dirname(path), { recursive: true });
  const known = await stat(path).catch(() => undefined);
  const isBegun = known?.isFile() === true && known.size === file.bytes;
  if (!isBegun) {
    await using handle = await open(path, 'w');
    await handle.truncate(file.bytes);
  }
  const blocks: Block[] = [];
  for (let offset = 0; offset < file.bytes; offset += blockBytes) {
    if (isBegun && journal.has(file.blob, file.etag, offset)) continue;
    blocks.push({ file, offset, bytes: Math.min(blockBytes, file.bytes - offset) });
  }
  return blocks;
}

/** A full disk is found out before the download, not at its end. */
async function requireSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  throw new AmlDeitError(
    'OUTPUT_NOT_WRITTEN',
    `${bytes} bytes are to be downloaded, and ${directory} has room for ${bavail * bsize}`,
  );
}

async function fetchBlock(
  container: BlobContainer,
  { file, offset, bytes }: Block,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const fetch = async (client: ContainerClient): Promise<void> => {
    const response = await client.getBlobClient(file.blob).download(offset, bytes, {
      conditions: { ifMatch: file.etag },
      maxRetryRequests: 5,
      abortSignal: signal,
    });
    const body = response.readableStreamBody;
    if (body === undefined) throw new Error(`${file.blob} came without a body`);
    const output = createWriteStream(path, { flags: 'r+', start: offset });
    await pipeline(body, output, { signal });
    if (output.bytesWritten !== bytes) {
      throw new AmlDeitError(
        'DOWNLOAD_FAILED',
        `${file.blob}: ${output.bytesWritten} of ${bytes} bytes came from byte ${offset} on`,
        { hint: 'run the same command again: what arrived is kept' },
      );
    }
  };
  try {
    await container.use(`the download of ${file.blob}`, fetch, signal);
  } catch (error) {
    if (!(error instanceof AmlDeitError) || error.code !== 'AZURE_CONFLICT') throw error;
    throw new AmlDeitError('DOWNLOAD_FAILED', `${file.blob} was replaced while it was downloaded`, {
      hint: 'run the same command again',
      cause: error,
    });
  }
}

/** What the file system says, as an error of ours. */
function localFailure(directory: string, error: unknown): unknown {
  if (error instanceof AmlDeitError || systemErrorCode(error) === undefined) return error;
  return new AmlDeitError('OUTPUT_NOT_WRITTEN', `${directory} cannot be written: ${errorMessage(error)}`, {
    hint: 'run the same command again: what arrived is kept',
    cause: error,
  });
}
