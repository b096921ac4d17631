import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { openForReading, throwIfAborted } from '../../io/index.ts';
import type { HubFile } from './hub-client.ts';

const chunkBytes = 1 << 20;

/** Git's SHA-1 counts the length before the content; a SHA-256 is of the content alone. */
export function startHash(file: HubFile): Hash {
  return file.hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${file.bytes}\0`);
}

/** The hash of a file's first bytes, to go on with. */
export async function hashBegin(
  file: HubFile,
  path: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<Hash> {
  const hash = startHash(file);
  if (bytes === 0) return hash;
  await using handle = await openForReading(path);
  const chunk = new Uint8Array(chunkBytes);
  for (let position = 0; position < bytes;) {
    throwIfAborted(signal);
    const { bytesRead } = await handle.read(chunk, 0, Math.min(chunkBytes, bytes - position), position);
    if (bytesRead === 0) break;
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
  return hash;
}
