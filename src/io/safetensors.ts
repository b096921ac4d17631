import type { FileHandle } from 'node:fs/promises';
import { openForReading } from './open-for-reading.ts';
import { headerLength, headerLengthBytes, parseHeader, safetensorsInvalid } from './safetensors-header.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors-header.ts';

/** A checked safetensors file on disk. Holds no data and no open handle. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly file: string;
  readonly bytes: number;
}

const chunkElements = 1 << 18;

/**
 * Reads and checks the header; the data stays on disk.
 * @throws SAFETENSORS_INVALID names the tensor, what was expected and what is there; FILE_NOT_FOUND; FILE_UNREADABLE.
 */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsFile> {
  await using handle = await openForReading(file);
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
  await using handle = await openForReading(source.file);
  const values = new Float32Array(tensor.bytes / 4);
  await readFully(handle, new Uint8Array(values.buffer), tensor.offset, source.file);
  return values;
}

/** A float32 tensor in pieces of at most 1 MiB, so that memory does not depend on its size. Each piece is the caller's. */
export async function* readTensorChunks(source: SafetensorsFile, name: string): AsyncGenerator<Float32Array> {
  const tensor = float32Tensor(source, name);
  await using handle = await openForReading(source.file);
  const elements = tensor.bytes / 4;
  for (let start = 0; start < elements; start += chunkElements) {
    const values = new Float32Array(Math.min(chunkElements, elements - start));
    await readFully(handle, new Uint8Array(values.buffer), tensor.offset + start * 4, source.file);
    yield values;
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
