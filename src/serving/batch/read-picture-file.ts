import { readFile, stat } from 'node:fs/promises';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { sleep } from '../../io/index.ts';

export interface ReadLimits {
  /** Of one encoded picture. */
  readonly maxBytes: number;
  /** How often a read that failed for a passing reason is tried again. */
  readonly retries: number;
}

/** What a mounted blob store and a busy machine answer for a while. */
const passing = new Set([
  'EIO',
  'EAGAIN',
  'EBUSY',
  'EMFILE',
  'ENFILE',
  'ETIMEDOUT',
  'ESTALE',
  'ECONNRESET',
  'EINTR',
]);
const firstDelayMs = 100;

/**
 * The bytes of a picture's file. Throws FILE_NOT_FOUND for one that vanished, IMAGE_INVALID for one that is too large,
 * FILE_UNREADABLE for everything else.
 */
export async function readPictureFile(
  path: Buffer | string,
  name: string,
  limits: ReadLimits,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await readOnce(path, name, limits.maxBytes);
    } catch (error) {
      const code = systemErrorCode(error);
      if (error instanceof AmlDeitError || code === undefined) throw error;
      if (!passing.has(code) || attempt >= limits.retries) {
        const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
        throw new AmlDeitError(
          isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
          isMissing ? `there is no ${name}` : `${name} cannot be read: ${code}`,
          { cause: error },
        );
      }
      await sleep(firstDelayMs * 2 ** attempt, signal);
    }
  }
}

async function readOnce(path: Buffer | string, name: string, maxBytes: number): Promise<Uint8Array> {
  // Before it is opened: opening a pipe would wait for a writer.
  const info = await stat(path);
  if (!info.isFile()) throw new AmlDeitError('FILE_UNREADABLE', `${name} is no file`);
  if (info.size > maxBytes)
    throw new AmlDeitError(
      'IMAGE_INVALID',
      `the picture has ${info.size} bytes, at most ${maxBytes} are accepted`,
    );
  return readFile(path);
}
