import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const zero = Buffer.alloc(1);
const flushBytes = 1 << 16;

const hashOf = (path: Uint8Array): Buffer => createHash('sha256').update(path).digest();

/** What a set of paths adds up to, in whatever order they come: 16 bytes of their hashes, exclusively or-ed, as hex. */
export class PathSum {
  readonly #sum: Buffer;

  constructor(from?: string) {
    this.#sum = from === undefined ? Buffer.alloc(16) : Buffer.from(from, 'hex');
  }

  add(path: Uint8Array): void {
    const hash = hashOf(path);
    for (let index = 0; index < this.#sum.length; index += 1)
      this.#sum[index] = (this.#sum[index] ?? 0) ^ (hash[index] ?? 0);
  }

  toString(): string {
    return this.#sum.toString('hex');
  }
}

/** Which paths there are, by 8 bytes of their hashes: a million take 8 MB, and no two are likely to be taken for one. */
export async function hashPaths(paths: AsyncIterable<Buffer>): Promise<(path: Buffer) => boolean> {
  let hashes = new BigUint64Array(1024);
  let count = 0;
  for await (const path of paths) {
    if (count === hashes.length) {
      const grown = new BigUint64Array(count * 2);
      grown.set(hashes);
      hashes = grown;
    }
    hashes[count] = hashOf(path).readBigUInt64BE();
    count += 1;
  }
  const sorted = hashes.subarray(0, count).sort();
  return (path) => {
    const wanted = hashOf(path).readBigUInt64BE();
    let from = 0;
    let to = sorted.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((sorted[middle] ?? 0n) < wanted) from = middle + 1;
      else to = middle;
    }
    return sorted[from] === wanted;
  };
}

/** A list of paths in a file, for what may be more than memory should hold. */
export class PathList {
  readonly #path: string;
  #file: FileHandle | undefined;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async add(path: Buffer): Promise<void> {
    this.#pieces.push(path, zero);
    this.#bytes += path.length + 1;
    if (this.#bytes >= flushBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#file ??= await open(this.#path, 'w');
    await this.#file.writeFile(Buffer.concat(this.#pieces));
    this.#pieces = [];
    this.#bytes = 0;
  }

  /** All that were added, in their order. */
  async *paths(): AsyncGenerator<Buffer, void, undefined> {
    await this.#flush();
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(this.#path) as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, from)) {
        yield Buffer.from(bytes.subarray(from, at));
        from = at + 1;
      }
      rest = bytes.subarray(from);
    }
  }

  async remove(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    await rm(this.#path, { force: true });
  }
}
