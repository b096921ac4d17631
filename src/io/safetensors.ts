import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { throwIfAborted } from './abort.ts';
import { headerLength, headerLengthBytes, parseHeader, safetensorsInvalid } from './safetensors-header.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors-header.ts';

export type { SafetensorsTensor } from './safetensors-header.ts';

/** A checked safetensors file on disk. Holds no data and no open handle. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly file: string;
  readonly bytes: number;
}

/** A float32 tensor to write: its values at once, or a function that yields them in order, in pieces of any size. */
export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => AsyncIterable<Float32Array> | Iterable<Float32Array>);
}

const chunkElements = 1 << 18;

/**
 * Reads and checks the header; the data stays on disk.
 * @throws SAFETENSORS_INVALID names the tensor, what was expected and what is there; FILE_NOT_FOUND; FILE_UNREADABLE.
 */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsFile> {
  await using handle = await openFile(file);
  const { size } = await handle.stat();
  const prefix = new Uint8Array(headerLengthBytes);
  await readFully(handle, prefix.subarray(0, Math.min(size, headerLengthBytes)), 0, file);
  const header = new Uint8Array(headerLength(prefix, size, file));
  await readFully(handle, header, headerLengthBytes, file);
  return { file, bytes: size, ...parseHeader(header, size, file) };
}

/** A whole float32 tensor in memory, row-major. */
export async function readTensor(source: SafetensorsFile, name: string): Promise<Float32Array> {
  const tensor = float32Tensor(source, name);
  await using handle = await openFile(source.file);
  const values = new Float32Array(tensor.bytes / 4);
  await readFully(handle, new Uint8Array(values.buffer), tensor.offset, source.file);
  return values;
}

/** A float32 tensor in pieces of at most 1 MiB, so that memory does not depend on its size. Each piece is the caller's. */
export async function* readTensorChunks(source: SafetensorsFile, name: string): AsyncGenerator<Float32Array> {
  const tensor = float32Tensor(source, name);
  await using handle = await openFile(source.file);
  const elements = tensor.bytes / 4;
  for (let start = 0; start < elements; start += chunkElements) {
    const values = new Float32Array(Math.min(chunkElements, elements - start));
    await readFully(handle, new Uint8Array(values.buffer), tensor.offset + start * 4, source.file);
    yield values;
  }
}

/**
 * Writes float32 tensors, sorted by name, the data 8-byte aligned: the same tensors give the same bytes. Values are
 * written as they come, and the file appears under its name only when it is complete.
 */
export async function writeSafetensors(
  file: string,
  tensors: Iterable<TensorSource>,
  options: { readonly metadata?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const header = encodeHeader(sorted, options.metadata);
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    {
      await using handle = await open(temporary, 'wx');
      await handle.writeFile(header);
      for (const tensor of sorted) await writeTensor(handle, tensor, options.signal);
      await handle.sync();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function encodeHeader(
  tensors: readonly TensorSource[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  const entries: [string, unknown][] = metadata === undefined ? [] : [['__metadata__', metadata]];
  const names = new Set(['__metadata__']);
  let offset = 0;
  for (const { name, shape } of tensors) {
    if (names.has(name)) throw new TypeError(`tensor name "${name}" is reserved or given twice`);
    names.add(name);
    const end = offset + elementCount(shape) * 4;
    entries.push([name, { dtype: 'F32', shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(headerLengthBytes + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, headerLengthBytes);
  return bytes;
}

async function writeTensor(handle: FileHandle, tensor: TensorSource, signal?: AbortSignal): Promise<void> {
  let written = 0;
  const pieces = tensor.data instanceof Float32Array ? [tensor.data] : tensor.data();
  for await (const piece of pieces) {
    throwIfAborted(signal);
    // FileHandle.writeFile goes on from the current position and repeats short writes.
    await handle.writeFile(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    written += piece.length;
  }
  const expected = elementCount(tensor.shape);
  if (written !== expected) {
    const shape = `[${tensor.shape.join(', ')}]`;
    throw new RangeError(`tensor "${tensor.name}" ${shape} has ${expected} values, got ${written}`);
  }
}

function float32Tensor(source: SafetensorsFile, name: string): SafetensorsTensor {
  const tensor = source.tensors.get(name);
  if (tensor === undefined) throw safetensorsInvalid(source.file, `no tensor "${name}"`, { tensor: name });
  if (tensor.dtype !== 'F32') {
    throw safetensorsInvalid(source.file, `tensor "${name}" is ${tensor.dtype}, expected F32`, {
      tensor: name,
      expected: 'F32',
      actual: tensor.dtype,
    });
  }
  return tensor;
}

async function openFile(file: string): Promise<FileHandle> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle?.close();
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '');
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? `${file} does not exist` : `${file} cannot be read (${systemErrorCode(error)})`,
      { cause: error, details: { file } },
    );
  }
  await handle.close();
  throw new AmlDeitError('FILE_UNREADABLE', `${file} is not a file`, { details: { file } });
}

async function readFully(
  handle: FileHandle,
  target: Uint8Array,
  position: number,
  file: string,
): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    // One read call is limited to 2 GiB by the operating system.
    const length = Math.min(target.byteLength - done, 1 << 30);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0)
      throw safetensorsInvalid(file, `the file ends while byte ${position + done} is read`);
    done += bytesRead;
  }
}
