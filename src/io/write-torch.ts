import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from './abort.ts';
import type { TensorSource } from './write-safetensors.ts';

/** Offsets of a ZIP without the 64-bit extension. */
const maxFileBytes = 2 ** 32 - 1;
/** Where PyTorch puts the bytes of a tensor, so that they can be mapped into memory. */
const alignment = 64;
const localHeaderBytes = 30;

/**
 * Writes float32 tensors as `torch.save` writes a state dict: a ZIP without compression, whose `data.pkl` is an
 * `OrderedDict` of tensors over one storage each. `torch.load(file, weights_only=True)` reads it. Streams: the tensors
 * are never in memory together. The same tensors give the same bytes.
 *
 * Source: `torch/serialization.py` and the pickle protocol 2; nothing of a pickle is executed or read here.
 */
export async function writeTorch(
  file: string,
  tensors: readonly TensorSource[],
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await using handle = await open(file, 'w');
  const zip = new StoredZip(handle, file);
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size !== tensors.length) throw new TypeError('a tensor name is given twice');
  await zip.add('archive/data.pkl', [pickleStateDict(tensors)]);
  await zip.add('archive/byteorder', [Buffer.from('little')]);
  for (const [index, { shape, data }] of tensors.entries()) {
    throwIfAborted(options.signal);
    const pieces = typeof data === 'function' ? data() : [data];
    const bytes = await zip.add(`archive/data/${index}`, littleEndian(pieces));
    if (bytes !== 4 * elements(shape))
      throw new TypeError(`tensor ${index} has ${bytes} bytes of values for the shape [${shape.join(', ')}]`);
  }
  await zip.add('archive/version', [Buffer.from('3\n')]);
  await zip.end();
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

async function* littleEndian(
  pieces: Iterable<ArrayBufferView> | AsyncIterable<ArrayBufferView>,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    if (!(piece instanceof Float32Array)) throw new TypeError('only float32 tensors are written');
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    yield endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
  }
}

interface Entry {
  readonly name: Buffer;
  readonly crc: number;
  readonly bytes: number;
  readonly offset: number;
}

/** A ZIP whose members are stored as they are, each at a multiple of 64 bytes. */
class StoredZip {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #entries: Entry[] = [];
  #at = 0;

  constructor(handle: FileHandle, file: string) {
    this.#handle = handle;
    this.#file = file;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#at + bytes.length > maxFileBytes)
      throw new AmlDeitError(
        'OUTPUT_NOT_WRITTEN',
        `${this.#file} would be larger than ${maxFileBytes} bytes, which this format does not hold here`,
      );
    await this.#handle.write(bytes, 0, bytes.length, this.#at);
    this.#at += bytes.length;
  }

  async add(name: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number> {
    const offset = this.#at;
    const encoded = Buffer.from(name);
    const plain = offset + localHeaderBytes + encoded.length;
    // An extra field has 4 bytes of its own; `FB` is the one by which PyTorch pads.
    const padding = (alignment - ((plain + 4) % alignment)) % alignment;
    const extra = Buffer.alloc(4 + padding, 'Z');
    extra.write('FB', 0, 'latin1');
    extra.writeUInt16LE(padding, 2);
    this.#at = plain + extra.length;
    const start = this.#at;
    let crc = 0;
    for await (const piece of pieces) {
      crc = crc32(piece, crc);
      await this.#write(piece);
    }
    const bytes = this.#at - start;
    const entry = { name: encoded, crc, bytes, offset };
    this.#entries.push(entry);
    const header = Buffer.concat([localHeader(entry, extra.length), encoded, extra]);
    await this.#handle.write(header, 0, header.length, offset);
    return bytes;
  }

  async end(): Promise<void> {
    const start = this.#at;
    for (const entry of this.#entries) await this.#write(Buffer.concat([centralHeader(entry), entry.name]));
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(this.#entries.length, 8);
    end.writeUInt16LE(this.#entries.length, 10);
    end.writeUInt32LE(this.#at - start, 12);
    end.writeUInt32LE(start, 16);
    await this.#write(end);
  }
}

/** Times stay zero: the same content gives the same file. */
function localHeader({ name, crc, bytes }: Entry, extraBytes: number): Buffer {
  const header = Buffer.alloc(localHeaderBytes);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(bytes, 18);
  header.writeUInt32LE(bytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extraBytes, 28);
  return header;
}

function centralHeader({ name, crc, bytes, offset }: Entry): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(bytes, 20);
  header.writeUInt32LE(bytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(offset, 42);
  return header;
}

/** Opcodes of the pickle protocol that a state dict needs, by the names of Python's `pickle`. */
const op = {
  PROTO2: Buffer.from([0x80, 2]),
  MARK: Buffer.from('('),
  STOP: Buffer.from('.'),
  EMPTY_TUPLE: Buffer.from(')'),
  TUPLE: Buffer.from('t'),
  REDUCE: Buffer.from('R'),
  SETITEMS: Buffer.from('u'),
  BINPERSID: Buffer.from('Q'),
  NEWFALSE: Buffer.from([0x89]),
} as const;

const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);

function unicode(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.write('X', 'latin1');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function integer(value: number): Buffer {
  if (value < 2 ** 31) {
    const bytes = Buffer.alloc(5);
    bytes.write('J', 'latin1');
    bytes.writeInt32LE(value, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(10);
  bytes[0] = 0x8a;
  bytes[1] = 8;
  bytes.writeBigInt64LE(BigInt(value), 2);
  return bytes;
}

const tuple = (...items: readonly Buffer[]): Buffer => Buffer.concat([op.MARK, ...items, op.TUPLE]);

const emptyOrderedDict = Buffer.concat([global('collections', 'OrderedDict'), op.EMPTY_TUPLE, op.REDUCE]);

function strides(shape: readonly number[]): number[] {
  const result: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    result.unshift(stride);
    stride *= size;
  }
  return result;
}

function pickleStateDict(tensors: readonly Pick<TensorSource, 'name' | 'shape'>[]): Buffer {
  const items = tensors.flatMap(({ name, shape }, index) => {
    const storage = tuple(
      unicode('storage'),
      global('torch', 'FloatStorage'),
      unicode(String(index)),
      unicode('cpu'),
      integer(elements(shape)),
    );
    return [
      unicode(name),
      global('torch._utils', '_rebuild_tensor_v2'),
      tuple(
        Buffer.concat([storage, op.BINPERSID]),
        integer(0),
        tuple(...shape.map(integer)),
        tuple(...strides(shape).map(integer)),
        op.NEWFALSE,
        emptyOrderedDict,
      ),
      op.REDUCE,
    ];
  });
  return Buffer.concat([op.PROTO2, emptyOrderedDict, op.MARK, ...items, op.SETITEMS, op.STOP]);
}
