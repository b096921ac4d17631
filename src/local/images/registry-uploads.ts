import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import type { ImageStore } from './image-store.ts';
import { RegistryRefusal } from './registry-error.ts';

interface Upload {
  readonly repository: string;
  readonly file: string;
}

/** Blobs that are on their way: each grows in a file until its sender says which digest it has. */
export class RegistryUploads {
  readonly #store: ImageStore;
  readonly #known = new Map<string, Upload>();

  constructor(store: ImageStore) {
    this.#store = store;
  }

  async start(repository: string): Promise<string> {
    const id = randomUUID();
    const file = join(this.#store.uploadDirectory, id);
    await mkdir(dirname(file), { recursive: true });
    await (await open(file, 'wx')).close();
    this.#known.set(id, { repository, file });
    return id;
  }

  #find(repository: string, id: string): Upload {
    const upload = this.#known.get(id);
    if (upload === undefined || upload.repository !== repository)
      throw new RegistryRefusal(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${id} to ${repository}`);
    return upload;
  }

  async size(repository: string, id: string): Promise<number> {
    return (await stat(this.#find(repository, id).file)).size;
  }

  /** Puts what a request brings behind what is there; a range has to begin where that ends. */
  async append(repository: string, id: string, incoming: IncomingMessage): Promise<number> {
    const { file } = this.#find(repository, id);
    const { size } = await stat(file);
    const start = /^(?:bytes )?(\d+)-\d+/.exec(incoming.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== size)
      throw new RegistryRefusal(
        416,
        'BLOB_UPLOAD_INVALID',
        `the upload goes on at ${size}, not at ${start}`,
        {
          range: `0-${Math.max(0, size - 1)}`,
        },
      );
    await appendFile(file, incoming);
    return (await stat(file)).size;
  }

  /** The end of an upload: the blob is kept under its digest. */
  async finish(repository: string, id: string, digest: string): Promise<void> {
    const { file } = this.#find(repository, id);
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
    const found = `sha256:${hash.digest('hex')}`;
    if (found !== digest)
      throw new RegistryRefusal(400, 'DIGEST_INVALID', `the upload has the digest ${found}, not ${digest}`);
    const path = this.#store.blobs.path(digest);
    await mkdir(dirname(path), { recursive: true });
    await rename(file, path);
    this.#known.delete(id);
    this.#store.linkBlob(repository, digest, size);
  }

  async cancel(repository: string, id: string): Promise<void> {
    const { file } = this.#find(repository, id);
    this.#known.delete(id);
    await rm(file, { force: true });
  }
}
