import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { openForReading, throwIfAborted } from '../../io/index.ts';

const chunkBytes = 1 << 20;

/**
 * One SHA-256 for a checkpoint's weights: that of its file, or of the list of its files as `sha256sum` prints it,
 * sorted by name.
 */
export async function hashFiles(files: readonly string[], signal?: AbortSignal): Promise<string> {
  const [only] = files;
  if (files.length === 1 && only !== undefined) return hashFile(only, signal);
  const list = createHash('sha256');
  for (const file of [...files].sort()) list.update(`${await hashFile(file, signal)}  ${basename(file)}\n`);
  return list.digest('hex');
}

async function hashFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(chunkBytes);
  await using handle = await openForReading(file);
  for (;;) {
    throwIfAborted(signal);
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(chunk.subarray(0, bytesRead));
  }
}
