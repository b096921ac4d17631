import { invalidImage } from './invalid-image.ts';

export interface ReadTarEntry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly target: string;
  /** The file's bytes; what is not read is skipped when the next entry is asked for. */
  content(): AsyncIterable<Buffer>;
}

const blockBytes = 512;
/** Of one pax header or GNU long name: paths, not data. */
const maxHeaderBytes = 1 << 20;
/** No layer of a real image is near it; it bounds what an archive of nothing but names can make us hold. */
const maxEntries = 1_000_000;
/** Of users and groups. */
const maxId = 2 ** 32 - 2;

/** Hands out exactly so many bytes of a stream at a time. */
class ByteSource {
  readonly #iterator: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#iterator = stream[Symbol.asyncIterator]();
  }

  /** At most `max` bytes; empty at the end. */
  async some(max: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return this.#rest;
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** Exactly `count` bytes; undefined when the stream ends before the first. */
  async exactly(count: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let length = 0;
    while (length < count) {
      const part = await this.some(count - length);
      if (part.length === 0) {
        if (length === 0) return undefined;
        throw invalidImage('a layer ends in the middle of an entry');
      }
      parts.push(part);
      length += part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const part = await this.some(left);
      if (part.length === 0) throw invalidImage('a layer ends in the middle of an entry');
      left -= part.length;
    }
  }

  async drain(): Promise<void> {
    while ((await this.some(1 << 20)).length > 0);
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('utf8');
}

function number(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  // GNU's form for what octal digits cannot hold: big-endian, with the top bit set.
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (let at = start + 1; at < start + length; at += 1) value = value * 256 + (block[at] ?? 0);
    return value;
  }
  const digits = text(block, start, length).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw invalidImage('a layer is no tar archive');
  return Number.parseInt(digits, 8);
}

function checkSum(block: Buffer): void {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  if (sum !== number(block, 148, 8)) throw invalidImage('a layer is no tar archive, or is damaged');
}

function paxRecords(body: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.subarray(at, space).toString('latin1'));
    if (space === -1 || !Number.isInteger(length) || length <= 0 || at + length > body.length)
      throw invalidImage('a pax header of a layer is malformed');
    const record = body.subarray(space + 1, at + length - 1).toString('utf8');
    const equals = record.indexOf('=');
    if (equals > 0) records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function owner(value: string | number): number {
  const id = Number(value);
  if (!Number.isInteger(id) || id < 0 || id > maxId)
    throw invalidImage('an entry of a layer is owned by nobody that there can be');
  return id;
}

const types: Readonly<Record<string, ReadTarEntry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'directory',
  '6': 'fifo',
};

/** The entries of an archive, one after the other. @throws OCI_IMAGE_INVALID */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<ReadTarEntry> {
  const source = new ByteSource(stream);
  try {
    yield* entriesOf(source);
  } finally {
    await source.close();
  }
}

async function* entriesOf(source: ByteSource): AsyncGenerator<ReadTarEntry> {
  let pax = new Map<string, string>();
  let longPath: string | undefined;
  let longTarget: string | undefined;
  for (let entries = 0; ;) {
    const block = await source.exactly(blockBytes);
    if (block === undefined) return;
    if (block.every((byte) => byte === 0)) {
      await source.drain();
      return;
    }
    checkSum(block);
    const flag = String.fromCharCode(block[156] ?? 0);
    const size = pax.has('size') ? Number(pax.get('size')) : number(block, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw invalidImage('an entry of a layer has no size');
    const padded = Math.ceil(size / blockBytes) * blockBytes;
    if (flag === 'x' || flag === 'g' || flag === 'L' || flag === 'K') {
      if (size > maxHeaderBytes) throw invalidImage('a header of a layer is too large');
      const body = (await source.exactly(padded)) ?? Buffer.alloc(0);
      const value = body.subarray(0, size);
      if (flag === 'x') pax = paxRecords(value);
      else if (flag === 'L') longPath = text(value, 0, size);
      else if (flag === 'K') longTarget = text(value, 0, size);
      continue;
    }
    const type = types[flag];
    if (type === undefined)
      throw invalidImage(`an entry of a layer is of the unknown kind ${JSON.stringify(flag)}`);
    entries += 1;
    if (entries > maxEntries) throw invalidImage(`a layer has more than ${maxEntries} entries`);
    const prefix = text(block, 257, 5) === 'ustar' ? text(block, 345, 155) : '';
    const name = text(block, 0, 100);
    const bytes = type === 'file' ? size : 0;
    let left = bytes;
    const path = pax.get('path') ?? longPath ?? (prefix === '' ? name : `${prefix}/${name}`);
    const target = pax.get('linkpath') ?? longTarget ?? text(block, 157, 100);
    if (path.includes('\0') || target.includes('\0'))
      throw invalidImage('an entry of a layer has a name that no file can have');
    yield {
      path,
      type,
      mode: number(block, 100, 8) & 0o7777,
      uid: owner(pax.get('uid') ?? number(block, 108, 8)),
      gid: owner(pax.get('gid') ?? number(block, 116, 8)),
      size: bytes,
      target,
      async *content() {
        while (left > 0) {
          const part = await source.some(left);
          if (part.length === 0) throw invalidImage('a layer ends in the middle of a file');
          left -= part.length;
          yield part;
        }
      },
    };
    await source.skip(left + (type === 'file' ? padded - size : padded));
    pax = new Map();
    longPath = undefined;
    longTarget = undefined;
  }
}
