import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from 'node:https';
import { Transform } from 'node:stream';
import type { TokenCredential } from '@azure/core-auth';
import type { ContainerClient } from '@azure/storage-blob';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import type { FolderContent, FolderFile } from '../io/index.ts';
import type { ArmSession } from './arm-session.ts';
import { azureError } from './azure-error.ts';
import type { AzureMl, CallOptions, UploadProgress, UploadedFolder } from './azure-ml.ts';
import { openContainers } from './blob-containers.ts';

export interface UploadContext {
  readonly session: ArmSession;
  readonly datastores: AzureMl['datastores'];
  /** For storage that takes no keys. */
  readonly credential: TokenCredential;
  readonly storageSuffix: string;
  readonly agent?: Agent;
}

/** Files under way at once, and blocks of one file: at most 2 × 4 × 4 MiB in memory. */
const parallelFiles = 2;
const parallelBlocks = 4;
const blockBytes = 4 << 20;

/** Azure ML's own mark on the first blob of a folder: everything below the folder is there. */
const completedStatus = 'completed';

export interface UploadOptions extends CallOptions {
  readonly onProgress?: (progress: UploadProgress) => void;
}

/**
 * Sends a folder to `LocalUpload/{content hash}/{name}/…` of the default blob datastore, where Azure ML's own clients
 * put theirs. What is there already is not sent again: the whole folder by its mark, single files of an upload that
 * was interrupted by their hash.
 */
export async function uploadFolder(
  context: UploadContext,
  folder: { readonly name: string; readonly content: FolderContent },
  options: UploadOptions = {},
): Promise<UploadedFolder> {
  const { session } = context;
  const { content } = folder;
  const indicator = content.files[0];
  if (indicator === undefined) {
    throw new AmlDeitError('UPLOAD_FAILED', `${content.directory} is empty, there is nothing to send`);
  }
  const store = await context.datastores.getDefault(options);
  const path = `LocalUpload/${content.contentHash}/${folder.name}`;
  const uploaded = {
    uri: `azureml:/${session.workspaceId.replace('/resourceGroups/', '/resourcegroups/').replace('/providers/Microsoft.MachineLearningServices', '')}/datastores/${store.name}/paths/${path}`,
    datastoreName: store.name,
    path,
  };

  let firstRefusal: unknown;
  for await (const container of openContainers(context, store, options.signal)) {
    try {
      if (await isComplete(container, `${path}/${indicator.path}`, options.signal)) {
        return { ...uploaded, reused: true, uploadedBytes: 0 };
      }
      const uploadedBytes = await sendFiles(container, path, content, options);
      await container.getBlobClient(`${path}/${indicator.path}`).setMetadata(
        {
          upload_status: completedStatus,
          name: folder.name,
          version: '1',
          aml_deit_sha256: indicator.sha256,
        },
        abortOption(options.signal),
      );
      return { ...uploaded, reused: false, uploadedBytes };
    } catch (error) {
      const wrapped = azureError(error, `the upload to datastore ${store.name}`, options.signal);
      // A storage account that takes no keys refuses them at the first request: the next way in is tried.
      if (!(wrapped instanceof AmlDeitError) || wrapped.code !== 'AUTH_DENIED') throw asUploadError(wrapped);
      firstRefusal ??= wrapped;
    }
  }
  throw firstRefusal;
}

const abortOption = (signal: AbortSignal | undefined): { abortSignal?: AbortSignal } =>
  signal === undefined ? {} : { abortSignal: signal };

function asUploadError(error: unknown): unknown {
  if (error instanceof AmlDeitError) return error;
  return new AmlDeitError('UPLOAD_FAILED', `the upload failed: ${errorMessage(error)}`, {
    hint: 'run the same command again: files that arrived are not sent again',
    cause: error,
  });
}

async function isComplete(
  container: ContainerClient,
  blob: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const properties = await container.getBlobClient(blob).getProperties(abortOption(signal));
    return properties.metadata?.['upload_status'] === completedStatus;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function sendFiles(
  container: ContainerClient,
  path: string,
  content: FolderContent,
  options: UploadOptions,
): Promise<number> {
  const arrived = await arrivedHashes(container, `${path}/`, options.signal);
  const missing = content.files.filter((file) => arrived.get(`${path}/${file.path}`) !== file.sha256);
  const totalBytes = content.totalBytes;
  const bytesByFile = new Map<string, number>();
  const skippedBytes = totalBytes - missing.reduce((sum, file) => sum + file.bytes, 0);
  const report = (file: FolderFile, bytes: number): void => {
    bytesByFile.set(file.path, bytes);
    const sent = [...bytesByFile.values()].reduce((sum, value) => sum + value, 0);
    options.onProgress?.({ uploadedBytes: skippedBytes + sent, totalBytes });
  };
  const queue = missing.values();
  const abort = new AbortController();
  const signal =
    options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  const worker = async (): Promise<void> => {
    for (const file of queue) {
      throwIfAborted(options.signal);
      await sendFile(container, path, content.directory, file, signal, (bytes) => report(file, bytes));
    }
  };
  try {
    await Promise.all(Array.from({ length: parallelFiles }, worker));
  } catch (error) {
    abort.abort();
    throw error;
  }
  return totalBytes - skippedBytes;
}

/** Blobs of an earlier, interrupted upload that arrived whole: each carries its own hash. */
async function arrivedHashes(
  container: ContainerClient,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for await (const blob of container.listBlobsFlat({
    prefix,
    includeMetadata: true,
    ...abortOption(signal),
  })) {
    const hash = blob.metadata?.['aml_deit_sha256'];
    if (hash !== undefined) hashes.set(blob.name, hash);
  }
  return hashes;
}

async function sendFile(
  container: ContainerClient,
  path: string,
  directory: string,
  file: FolderFile,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const hash = createHash('sha256');
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const same = hash.digest('hex') === file.sha256;
      // Failing before the end keeps the storage client from committing the blob.
      done(
        same
          ? null
          : new AmlDeitError('UPLOAD_FAILED', `${join(directory, file.path)} changed while it was sent`),
      );
    },
  });
  const source = createReadStream(join(directory, file.path), { highWaterMark: 1 << 20 });
  source.on('error', (error) => check.destroy(error));
  try {
    await container
      .getBlockBlobClient(`${path}/${file.path}`)
      .uploadStream(source.pipe(check), blockBytes, parallelBlocks, {
        abortSignal: signal,
        metadata: { aml_deit_sha256: file.sha256 },
        onProgress: (progress) => onProgress(Math.min(progress.loadedBytes, file.bytes)),
      });
    onProgress(file.bytes);
  } finally {
    source.destroy();
  }
}
