import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { throwIfAborted } from './abort.ts';

export interface HashedFile {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

const chunkBytes = 256 * 1024;

/** Hashes a file, a chunk at a time, in one chunk's memory. Throws what the file system throws, or INTERRUPTED. */
export async function hashFile(
  path: string,
  algorithm: 'sha256' | 'md5' = 'sha256',
  signal?: AbortSignal,
): Promise<HashedFile> {
  const hash = createHash(algorithm);
  const chunk = Buffer.allocUnsafeSlow(chunkBytes);
  const file = await open(path, 'r');
  try {
    for (let bytes = 0; ;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
      throwIfAborted(signal);
      if (bytesRead === 0) return { bytes, digest: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
