import { crc32 } from 'node:zlib';

/** Pieces of a pickle: bytes as they are, a text for its own opcode. */
export const pickled = {
  text: (text: string): Buffer => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(5);
    length[0] = 0x58;
    length.writeUInt32LE(bytes.length, 1);
    return Buffer.concat([length, bytes]);
  },
  int: (value: number): Buffer => {
    const bytes = Buffer.alloc(5);
    bytes[0] = 0x4a;
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  global: (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`),
  tuple: (...items: readonly Uint8Array[]): Buffer =>
    Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]),
  call: (callee: Uint8Array, ...args: readonly Uint8Array[]): Buffer =>
    Buffer.concat([callee, pickled.tuple(...args), Buffer.from('R')]),
  dict: (members: Readonly<Record<string, Uint8Array>>): Buffer =>
    Buffer.concat([
      Buffer.from('}('),
      ...Object.entries(members).flatMap(([name, value]) => [pickled.text(name), value]),
      Buffer.from('u'),
    ]),
  /** `torch.FloatStorage` of `elements` values, under `key`. */
  storage: (key: string, elements: number): Buffer =>
    Buffer.concat([
      pickled.tuple(
        pickled.text('storage'),
        pickled.global('torch', 'FloatStorage'),
        pickled.text(key),
        pickled.text('cpu'),
        pickled.int(elements),
      ),
      Buffer.from('Q'),
    ]),
  tensor: (
    storage: Uint8Array,
    begin: number,
    shape: readonly number[],
    strides: readonly number[],
  ): Buffer =>
    pickled.call(
      pickled.global('torch._utils', '_rebuild_tensor_v2'),
      storage,
      pickled.int(begin),
      pickled.tuple(...shape.map((size) => pickled.int(size))),
      pickled.tuple(...strides.map((stride) => pickled.int(stride))),
      Buffer.of(0x89),
      pickled.call(pickled.global('collections', 'OrderedDict')),
    ),
  /** A whole pickle of protocol 2. */
  document: (...pieces: readonly Uint8Array[]): Buffer =>
    Buffer.concat([Buffer.of(0x80, 2), ...pieces, Buffer.from('.')]),
};

export interface ZipPart {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** What the directory says of the data's size, where that is not so. */
  readonly claimedBytes?: number;
  /** Where the directory says the local header is, where that is not so. */
  readonly claimedOffset?: number;
}

/** A zip archive of stored entries, or of what else the parts claim. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const {
    name,
    bytes,
    method = 0,
    flags = 0,
    claimedBytes = bytes.length,
    claimedOffset = offset,
  } of parts) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc32(bytes), 16);
    entry.writeUInt32LE(claimedBytes, 20);
    entry.writeUInt32LE(claimedBytes, 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(claimedOffset, 42);
    locals.push(local, Buffer.from(name), Buffer.from(bytes));
    directory.push(entry, Buffer.from(name));
    offset += local.length + Buffer.byteLength(name) + bytes.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, entries, end]);
}

/** What `torch.save` writes, with this pickle and these storages. */
export function torchFile(pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Buffer {
  return zipOf([
    { name: 'archive/data.pkl', bytes: pickle },
    ...Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes })),
  ]);
}
