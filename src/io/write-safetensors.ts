import { createHash, randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { throwIfAborted } from './abort.ts';
import { headerLengthBytes } from './safetensors-header.ts';

type Values = Float32Array | Int8Array;

/** A tensor to write: its values at once, or a function that yields them in order, in pieces of any size. */
export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  /** Float32 unless it is said; I8 takes Int8Array. */
  readonly dtype?: 'F32' | 'I8';
  readonly data: Values | (() => AsyncIterable<Values> | Iterable<Values>);
}

const elementBytes = { F32: 4, I8: 1 } as const;

export interface SafetensorsLayout {
  /** The file's first bytes; the data follows, tensors in the map's order. */
  readonly header: Uint8Array;
  /** Where each tensor will be; `offset` counts from the file's first byte. */
  readonly tensors: ReadonlyMap<
    string,
    {
      readonly dtype: 'F32' | 'I8';
      readonly offset: number;
      readonly bytes: number;
      readonly shape: readonly number[];
    }
  >;
  /** Of the whole file. */
  readonly bytes: number;
}

export interface WriteSafetensorsOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Bytes of the file that have been written. */
  readonly onBytes?: (bytes: number) => void;
}

/** What {@link writeSafetensors} makes of these tensors: wide elements first, sorted by name, the data 8-byte aligned. */
export function layOutSafetensors(
  tensors: Iterable<Pick<TensorSource, 'name' | 'shape' | 'dtype'>>,
  metadata?: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const width = ({ dtype = 'F32' }: Pick<TensorSource, 'dtype'>): number => elementBytes[dtype];
  const sorted = [...tensors].sort((a, b) => width(b) - width(a) || (a.name < b.name ? -1 : 1));
  const entries: [string, unknown][] = metadata === undefined ? [] : [['__metadata__', metadata]];
  const names = new Set(['__metadata__']);
  let end = 0;
  const places = sorted.map(({ name, shape, dtype = 'F32' }) => {
    if (names.has(name)) throw new TypeError(`tensor name "${name}" is reserved or given twice`);
    names.add(name);
    const begin = end;
    end += elementCount(shape) * elementBytes[dtype];
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
    return { name, dtype, shape, begin, bytes: end - begin };
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const header = new Uint8Array(headerLengthBytes + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, headerLengthBytes);
  return {
    header,
    tensors: new Map(
      places.map(({ name, dtype, shape, begin, bytes }) => [
        name,
        { dtype, offset: header.length + begin, bytes, shape },
      ]),
    ),
    bytes: header.length + end,
  };
}

/**
 * Writes tensors, sorted by name, the data 8-byte aligned: the same tensors give the same bytes, those that
 * transformers' `save_pretrained` writes when the metadata is `{format: 'pt'}`. Values are written as they come, and
 * the file appears under its name only when it is complete.
 */
export async function writeSafetensors(
  file: string,
  tensors: Iterable<TensorSource>,
  options: WriteSafetensorsOptions = {},
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const list = [...tensors];
  const layout = layOutSafetensors(list, options.metadata);
  const sources = new Map(list.map((tensor) => [tensor.name, tensor]));
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const hash = createHash('sha256');
  let written = 0;
  try {
    {
      await using handle = await open(temporary, 'wx');
      const write = async (bytes: Uint8Array): Promise<void> => {
        throwIfAborted(options.signal);
        // FileHandle.writeFile goes on from the current position and repeats short writes.
        await handle.writeFile(bytes);
        hash.update(bytes);
        written += bytes.byteLength;
        options.onBytes?.(written);
      };
      await write(layout.header);
      for (const name of layout.tensors.keys()) await writeTensor(write, sources.get(name) as TensorSource);
      await handle.sync();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { bytes: layout.bytes, sha256: hash.digest('hex') };
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

async function writeTensor(write: (bytes: Uint8Array) => Promise<void>, tensor: TensorSource): Promise<void> {
  let written = 0;
  const pieces = typeof tensor.data === 'function' ? tensor.data() : [tensor.data];
  for await (const piece of pieces) {
    await write(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    written += piece.length;
  }
  const expected = elementCount(tensor.shape);
  if (written !== expected) {
    const shape = `[${tensor.shape.join(', ')}]`;
    throw new RangeError(`tensor "${tensor.name}" ${shape} has ${expected} values, got ${written}`);
  }
}
