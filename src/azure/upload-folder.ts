import { join } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { blobNameFault, interrupted, printableLine, throwIfAborted } from '../io/index.ts';
import type { FolderContent } from '../io/index.ts';
import type { AzureMl, UploadedFolder, UploadOptions } from './azure-ml.ts';
import type { BlobContainer } from './blob-container.ts';
import { datastoreContainer } from './datastore-container.ts';
import type { DatastoreAccess } from './datastore-container.ts';
import { sha256Metadata } from './list-remote-files.ts';
import { isSentWhole, uploadFile } from './upload-file.ts';

export interface UploadContext extends DatastoreAccess {
  readonly datastores: AzureMl['datastores'];
}

/** Small files wait for answers most of the time; a large one, of which several blocks are under way, fills the line by itself. */
const parallelSmallFiles = 8;
const parallelLargeFiles = 2;

/** Azure ML's own mark on the first blob of a folder: everything below the folder is there. */
const completedStatus = 'completed';

/** See `AzureMl.uploadFolder`. */
export async function uploadFolder(
  context: UploadContext,
  folder: { readonly name: string; readonly content: FolderContent },
  options: UploadOptions = {},
): Promise<UploadedFolder> {
  const { session } = context;
  const { content } = folder;
  const [first] = content.files;
  if (first === undefined) {
    throw new AmlDeitError('UPLOAD_FAILED', `${content.directory} is empty, there is nothing to send`);
  }
  for (const name of [folder.name, ...content.files.map((file) => file.path)]) {
    const fault = blobNameFault(name);
    if (fault !== undefined)
      throw new AmlDeitError('FILE_UNREADABLE', `${printableLine(name)} cannot be sent: ${fault}`, {
        hint: 'rename it',
      });
  }
  const store = await context.datastores.getDefault(options);
  const path = `LocalUpload/${content.contentHash}/${folder.name}`;
  const uploaded = {
    uri: `azureml:/${session.workspaceId.replace('/resourceGroups/', '/resourcegroups/').replace('/providers/Microsoft.MachineLearningServices', '')}/datastores/${store.name}/paths/${path}`,
    datastoreName: store.name,
    path,
  };
  const container = datastoreContainer(context, store);
  try {
    const known = await listUploaded(container, path, options.signal);
    const missing = content.files.filter((file) => known.hashes.get(`${path}/${file.path}`) !== file.sha256);
    if (missing.length === 0 && known.isComplete) return { ...uploaded, reused: true, uploadedBytes: 0 };
    const uploadedBytes = await sendFiles(container, path, content, missing, options);
    const mark = {
      upload_status: completedStatus,
      name: folder.name,
      version: '1',
      [sha256Metadata]: first.sha256,
    };
    await container.use(
      `the upload to datastore ${store.name}`,
      (root) =>
        root
          .getBlobClient(`${path}/${first.path}`)
          .setMetadata(mark, options.signal === undefined ? {} : { abortSignal: options.signal }),
      options.signal,
    );
    return { ...uploaded, reused: false, uploadedBytes };
  } catch (error) {
    throw asUploadError(error);
  }
}

function asUploadError(error: unknown): unknown {
  const hint = 'run the same command again: what arrived is not sent again';
  if (!(error instanceof AmlDeitError))
    return new AmlDeitError('UPLOAD_FAILED', `the upload failed: ${errorMessage(error)}`, {
      hint,
      cause: error,
    });
  if (error.code !== 'AZURE_REQUEST_FAILED') return error;
  return new AmlDeitError(error.code, error.message, { details: { ...error.details }, hint, cause: error });
}

interface Uploaded {
  /** SHA-256 by blob; each blob of ours carries its own. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly isComplete: boolean;
}

/** What an earlier upload of the same content left: all of it, or the files that arrived whole. */
async function listUploaded(
  container: BlobContainer,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Uploaded> {
  return await container.use(
    `the upload to ${container.description}`,
    async (root) => {
      const hashes = new Map<string, string>();
      let isComplete = false;
      const options = { prefix: `${path}/`, includeMetadata: true };
      const call = signal === undefined ? options : { ...options, abortSignal: signal };
      for await (const { name, metadata = {} } of root.listBlobsFlat(call)) {
        const hash = metadata[sha256Metadata];
        if (hash !== undefined) hashes.set(name, hash);
        isComplete ||= metadata['upload_status'] === completedStatus;
      }
      return { hashes, isComplete };
    },
    signal,
  );
}

async function sendFiles(
  container: BlobContainer,
  path: string,
  content: FolderContent,
  missing: FolderContent['files'],
  options: UploadOptions,
): Promise<number> {
  const { totalBytes } = content;
  const presentBytes = totalBytes - missing.reduce((sum, file) => sum + file.bytes, 0);
  const bytesByFile = new Map<string, number>();
  const report = (): void => {
    const arrived = [...bytesByFile.values()].reduce((sum, value) => sum + value, presentBytes);
    options.onProgress?.({ uploadedBytes: arrived, totalBytes });
  };
  const abort = new AbortController();
  const signal =
    options.signal === undefined ? abort.signal : AbortSignal.any([options.signal, abort.signal]);
  let sentBytes = 0;
  const worker = async (files: Iterable<FolderContent['files'][number]>): Promise<void> => {
    for (const file of files) {
      throwIfAborted(options.signal);
      const bytes = await uploadFile(
        container,
        `${path}/${file.path}`,
        join(content.directory, file.path),
        file,
        {
          signal,
          onBytes: (arrived) => {
            bytesByFile.set(file.path, arrived);
            report();
          },
        },
      );
      // Not in one step with the wait: others add to it meanwhile.
      sentBytes += bytes;
    }
  };
  const send = (files: FolderContent['files'], parallel: number): Promise<void>[] => {
    const queue = files.values();
    return Array.from({ length: parallel }, () => worker(queue));
  };
  const workers = [
    ...send(missing.filter(isSentWhole), parallelSmallFiles),
    ...send(
      missing.filter((file) => !isSentWhole(file)),
      parallelLargeFiles,
    ),
  ];
  try {
    await Promise.all(workers);
  } catch (error) {
    abort.abort();
    await Promise.allSettled(workers);
    throw options.signal?.aborted === true ? interrupted(options.signal) : error;
  }
  report();
  return sentBytes;
}
