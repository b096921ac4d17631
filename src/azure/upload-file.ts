import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ContainerClient } from '@azure/storage-blob';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import type { FolderFile } from '../io/index.ts';
import type { BlobContainer } from './blob-container.ts';
import { sha256Metadata } from './list-remote-files.ts';

/** A block's size; a blob has at most 50,000 blocks. */
const usualBlockBytes = 8 << 20;
const maxBlocks = 50_000;

/** Blocks of one file that are sent at once: what it takes of memory is their bytes. */
const parallelBlocks = 5;

/** A file up to this is one request: an answer takes longer than its bytes. */
const wholeBytes = 4 << 20;

/** Whether a file is sent at once, and held in memory for that. */
export const isSentWhole = ({ bytes }: FolderFile): boolean => bytes <= wholeBytes;

export interface UploadFileOptions {
  readonly signal: AbortSignal;
  /** Bytes of the file that are there now, those of an earlier run included. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Sends a file as a block blob with its MD5 and SHA-256: a small one at once, others in blocks. Blocks that an earlier,
 * interrupted run has sent are read, to be hashed, and not sent again. The blob appears when all of it is there and the file is still what `file` says.
 * Gives the bytes that were sent. Throws UPLOAD_FAILED when the file changed, and what any call may throw.
 */
export async function uploadFile(
  container: BlobContainer,
  blob: string,
  path: string,
  file: FolderFile,
  options: UploadFileOptions,
): Promise<number> {
  const { signal } = options;
  if (isSentWhole(file)) return uploadWhole(container, blob, path, file, options);
  const blockBytes = Math.max(usualBlockBytes, Math.ceil(file.bytes / maxBlocks));
  const what = `the upload of ${file.path}`;
  const call = { abortSignal: signal };
  const arrived = await sentBlocks(container, blob, file, blockBytes, signal);
  const client = (root: ContainerClient) => root.getBlockBlobClient(blob);

  await using handle = await open(path, 'r');
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  const ids: string[] = [];
  const sending = new Set<Promise<void>>();
  const free: Buffer[] = [];
  let sentBytes = 0;
  let knownBytes = 0;
  let failure: unknown;
  const send = async (id: string, block: Buffer): Promise<void> => {
    try {
      await container.use(what, (root) => client(root).stageBlock(id, block, block.length, call), signal);
      sentBytes += block.length;
      knownBytes += block.length;
      options.onBytes(knownBytes);
    } catch (error) {
      failure ??= error;
    }
  };
  for (let offset = 0; offset < file.bytes && failure === undefined; offset += blockBytes) {
    throwIfAborted(signal);
    const bytes = Math.min(blockBytes, file.bytes - offset);
    while (sending.size >= parallelBlocks) await Promise.race(sending);
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(Math.min(blockBytes, file.bytes));
    const block = buffer.subarray(0, bytes);
    if (!(await readWhole(handle, block, offset))) throw changed(path);
    sha256.update(block);
    md5.update(block);
    const id = blockId(file, ids.length);
    ids.push(id);
    if (arrived.has(id)) {
      free.push(buffer);
      knownBytes += bytes;
      options.onBytes(knownBytes);
      continue;
    }
    const sent = send(id, block).finally(() => {
      free.push(buffer);
      sending.delete(sent);
    });
    sending.add(sent);
  }
  await Promise.all(sending);
  // oxlint-disable-next-line no-throw-literal -- what the storage client threw is thrown on as it is
  if (failure !== undefined) throw failure;
  const isSame =
    sha256.digest('hex') === file.sha256 && !(await readWhole(handle, Buffer.alloc(1), file.bytes));
  if (!isSame) throw changed(path);
  const settings = {
    ...call,
    blobHTTPHeaders: { blobContentMD5: md5.digest() },
    metadata: { [sha256Metadata]: file.sha256 },
  };
  await container.use(what, (root) => client(root).commitBlockList(ids, settings), signal);
  return sentBytes;
}

async function uploadWhole(
  container: BlobContainer,
  blob: string,
  path: string,
  file: FolderFile,
  { signal, onBytes }: UploadFileOptions,
): Promise<number> {
  const bytes = await readFile(path, { signal });
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) throw changed(path);
  const settings = {
    abortSignal: signal,
    blobHTTPHeaders: { blobContentMD5: createHash('md5').update(bytes).digest() },
    metadata: { [sha256Metadata]: file.sha256 },
  };
  await container.use(
    `the upload of ${file.path}`,
    (root) => root.getBlockBlobClient(blob).upload(bytes, bytes.length, settings),
    signal,
  );
  onBytes(bytes.length);
  return bytes.length;
}

/** The same for the same content, and of one length, as the service wants it. */
function blockId(file: FolderFile, index: number): string {
  return Buffer.from(`${file.sha256.slice(0, 16)}-${String(index).padStart(6, '0')}`).toString('base64');
}

/** Ids of blocks of this content that lie there uncommitted. Others, which would stand in the way, are cleared. */
async function sentBlocks(
  container: BlobContainer,
  blob: string,
  file: FolderFile,
  blockBytes: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const what = `the list of blocks of ${file.path}`;
  const call = { abortSignal: signal };
  try {
    const list = await container.use(
      what,
      (root) => root.getBlockBlobClient(blob).getBlockList('uncommitted', call),
      signal,
    );
    const found = new Map((list.uncommittedBlocks ?? []).map(({ name, size }) => [name, size]));
    const own = new Set<string>();
    for (let index = 0; index * blockBytes < file.bytes; index += 1) {
      const id = blockId(file, index);
      if (found.get(id) === Math.min(blockBytes, file.bytes - index * blockBytes)) own.add(id);
    }
    if (own.size === found.size) return own;
    // Ids of another length make the service refuse every block: an empty blob in their place removes them.
    await container.use(what, (root) => root.getBlockBlobClient(blob).upload('', 0, call), signal);
    return new Set();
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'AZURE_NOT_FOUND') return new Set();
    throw error;
  }
}

/** False when the file ends before. */
async function readWhole(handle: FileHandle, target: Buffer, position: number): Promise<boolean> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

function changed(path: string): AmlDeitError {
  return new AmlDeitError('UPLOAD_FAILED', `${path} changed while it was sent`, {
    hint: 'run the same command again when nobody writes to it',
  });
}
