import type { FileHandle } from 'node:fs/promises';
import { readExactly } from './read-exactly.ts';
import { readPickle, torchInvalid } from './pickle.ts';
import type { PickleWorld, Unpickled } from './pickle.ts';
import { findStateDict } from './state-dict.ts';
import { elementBytes, elementCount } from './stored-tensor.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { torchWorld } from './torch-objects.ts';
import { maxPickleBytes } from './torch-zip.ts';

/** What every such file begins with, as a pickled number. */
const magic = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/** A pickle that imports and calls nothing: numbers, texts, lists and dicts. */
function plainWorld(file: string): PickleWorld {
  const refuse = (): never => {
    throw torchInvalid(file, 'its first pickles are not those of PyTorch');
  };
  return { global: refuse, call: refuse, persistent: refuse, build: refuse };
}

/** How many bytes of a file {@link isTorchLegacy} looks at. */
export const legacyBeginBytes = 15;

/** Whether the file begins as the format before the zip archive does: a pickle of the magic number. */
export function isTorchLegacy(begin: Uint8Array): boolean {
  if (begin[0] !== 0x80) return false;
  // From protocol 4 on a frame of nine bytes says how long the pickle is.
  const at = begin[2] === 0x95 ? 11 : 2;
  return [0x8a, 0x0a, 0x6c, 0xfc].every((byte, index) => begin[at + index] === byte);
}

/**
 * The tensors of a file in the format that `torch.save` wrote before 1.6, and still does when asked: pickles of a
 * magic number, a version, facts of the machine, the object and the storages' keys; then, for each key, a count and
 * the values.
 */
export async function readTorchLegacy(
  handle: FileHandle,
  fileBytes: number,
  file: string,
): Promise<StoredTensor[]> {
  // The pickles come first, and their end is not known before they are read.
  const head = new Uint8Array(Math.min(fileBytes, maxPickleBytes));
  await readExactly(handle, head, 0, file);
  let position = 0;
  const next = (world: PickleWorld): Unpickled['value'] => {
    const { value, end } = readPickle(head, position, world, file);
    position = end;
    return value;
  };
  const plain = plainWorld(file);
  if (next(plain) !== magic) throw torchInvalid(file, 'it does not begin as a file of PyTorch does');
  const version = next(plain);
  if (version !== protocolVersion) {
    throw torchInvalid(file, `its version is ${String(version)}, expected ${protocolVersion}`);
  }
  const machine = next(plain);
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    throw torchInvalid(file, 'its byte order is not little-endian');
  }
  const { world, storages } = torchWorld(file);
  const tensors = findStateDict(next(world), file);
  const keys = next(plain);
  if (!Array.isArray(keys)) throw torchInvalid(file, 'it has no list of storages');

  const places = new Map<string, number>();
  for (const key of keys as unknown[]) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw torchInvalid(file, 'it has data of a storage that no tensor uses');
    const count = new Uint8Array(8);
    await readExactly(handle, count, position, file);
    const elements = new DataView(count.buffer).getBigInt64(0, true);
    if (elements !== BigInt(storage.elements)) {
      throw torchInvalid(file, `a storage has ${elements} values, expected ${storage.elements}`);
    }
    places.set(storage.key, position + count.length);
    position += count.length + storage.elements * elementBytes(storage.dtype);
    if (position > fileBytes)
      throw torchInvalid(file, `truncated: its data ends at byte ${position}, the file has ${fileBytes}`);
  }
  if (position !== fileBytes)
    throw torchInvalid(file, `${fileBytes - position} bytes after the last storage's end`);

  return [...tensors].map(([name, { storage, begin, shape, strides }]) => {
    const place = places.get(storage.key);
    if (place === undefined) throw torchInvalid(file, `there is no data for ${JSON.stringify(name)}`);
    const width = elementBytes(storage.dtype);
    const bytes = elementCount(shape) * width;
    return {
      name,
      dtype: storage.dtype,
      shape,
      file,
      offset: place + begin * width,
      bytes,
      strides,
    };
  });
}
