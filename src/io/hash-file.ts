import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { throwIfAborted } from './abort.ts';

export interface HashedFile {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

/** Hashes a file, a chunk at a time. Throws what the file system throws, or INTERRUPTED. */
export async function hashFile(
  path: string,
  algorithm: 'sha256' | 'md5' = 'sha256',
  signal?: AbortSignal,
): Promise<HashedFile> {
  const hash = createHash(algorithm);
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal);
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, digest: hash.digest('hex') };
}
