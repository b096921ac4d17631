import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { isDigest, maxManifestBytes } from './descriptors.ts';
import type { Descriptor } from './descriptors.ts';
import { invalidImage } from './invalid-image.ts';

const readBytes = 1 << 20;

/** Blobs by content: `blobs/sha256/…` below a folder, as an OCI image layout has them. */
export class BlobFiles {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(digest: string): string {
    if (!isDigest(digest)) throw invalidImage(`"${digest}" is no digest`);
    return join(this.directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }

  /** The size in bytes; undefined when it is not there. */
  async size(digest: string): Promise<number | undefined> {
    const info = await stat(this.path(digest)).catch(() => undefined);
    return info?.isFile() === true ? info.size : undefined;
  }

  /** A blob's bytes from an offset; whoever reads all of them may check them with {@link verified}. */
  read(digest: string, start = 0): AsyncIterable<Buffer> {
    return createReadStream(this.path(digest), { start, highWaterMark: readBytes });
  }

  /** A small blob, checked. @throws OCI_IMAGE_INVALID */
  async readJson<T>({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<T> {
    if (size > maxManifestBytes) throw invalidImage(`${digest} has ${size} bytes: too many for a manifest`);
    const bytes = await readFile(this.path(digest)).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT')
        throw invalidImage(`the blob ${digest} is missing in ${this.directory}`);
      throw error;
    });
    if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
      throw invalidImage(`the blob ${digest} in ${this.directory} is damaged`);
    try {
      return JSON.parse(bytes.toString('utf8')) as T;
    } catch (error) {
      throw invalidImage(`the blob ${digest} is no JSON`, error);
    }
  }

  /**
   * Writes a blob beside its place and moves it there when it is complete. With `expected` it has to have that digest
   * and size. @throws OCI_IMAGE_INVALID, OUTPUT_NOT_WRITTEN, INTERRUPTED
   */
  async write(
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    options: {
      readonly expected?: Pick<Descriptor, 'digest' | 'size'>;
      readonly signal?: AbortSignal | undefined;
      readonly onBytes?: ((bytes: number) => void) | undefined;
    } = {},
  ): Promise<{ readonly digest: string; readonly size: number }> {
    const temporary = join(
      this.directory,
      'blobs',
      `.${process.pid}-${randomBytes(6).toString('hex')}.partial`,
    );
    const hash = createHash('sha256');
    let size = 0;
    try {
      await mkdir(join(this.directory, 'blobs', 'sha256'), { recursive: true });
      const file = await open(temporary, 'wx');
      try {
        for await (const chunk of content) {
          throwIfAborted(options.signal);
          hash.update(chunk);
          size += chunk.length;
          if (options.expected !== undefined && size > options.expected.size)
            throw invalidImage(`the blob ${options.expected.digest} is longer than its manifest says`);
          await file.writeFile(chunk);
          options.onBytes?.(size);
        }
        await file.sync();
      } finally {
        await file.close();
      }
      const digest = `sha256:${hash.digest('hex')}`;
      if (
        options.expected !== undefined &&
        (digest !== options.expected.digest || size !== options.expected.size)
      )
        throw invalidImage(`the blob ${options.expected.digest} came as ${digest} of ${size} bytes`);
      await rename(temporary, this.path(digest));
      return { digest, size };
    } catch (error) {
      await rm(temporary, { force: true });
      throw notWritten(this.directory, error);
    }
  }
}

/** Checks a stream against the digest while it passes. @throws OCI_IMAGE_INVALID at its end */
export async function* verified(content: AsyncIterable<Buffer>, digest: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw invalidImage(`the blob ${digest} is damaged`);
}

export function notWritten(directory: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (
    error instanceof AmlDeitError ||
    code === undefined ||
    !/^E(NOSPC|ACCES|PERM|ROFS|DQUOT|NOTDIR|EXIST|ISDIR|FBIG|IO)$/.test(code)
  )
    return error;
  return new AmlDeitError('OUTPUT_NOT_WRITTEN', `${directory} cannot be written: ${errorMessage(error)}`, {
    cause: error,
  });
}
