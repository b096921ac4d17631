import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AmlDeitError } from '../../errors/index.ts';
import { openForReading, throwIfAborted } from '../../io/index.ts';
import { readExactly } from './read-exactly.ts';
import { elementBytes, isTensorDtype, spannedBytes } from './stored-tensor.ts';
import type { StoredTensor, TensorDtype } from './stored-tensor.ts';
import { stridedValues } from './strided-values.ts';

const chunkElements = 1 << 17;

type Converter = (bytes: Uint8Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;

/**
 * To float32. Half precision and bfloat16 are widened exactly; double precision is rounded to the nearest, and what is
 * too large becomes an infinity, which is refused as one.
 */
const converters: Readonly<Partial<Record<TensorDtype, Converter>>> = {
  F32: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
  F64: (bytes) => Float32Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)),
  F16: (bytes) => widen(bytes, fromHalf),
  BF16: (bytes) => widen(bytes, (value) => value << 16),
};

/** The types of tensors that weights may have. */
export const weightDtypes = Object.keys(converters);

/**
 * A tensor's values in float32, row-major, in pieces of at most 512 KiB, so that memory does not depend on its size.
 * Each piece is the caller's.
 *
 * @throws CHECKPOINT_INVALID for a NaN or an infinity, and for data whose checksum does not match.
 */
export async function* float32Values(
  tensor: StoredTensor,
  signal?: AbortSignal,
): AsyncGenerator<Float32Array> {
  const convert = isTensorDtype(tensor.dtype) ? converters[tensor.dtype] : undefined;
  if (convert === undefined || !isTensorDtype(tensor.dtype)) {
    throw new AmlDeitError('MODEL_UNSUPPORTED', `${tensor.file}: tensor "${tensor.name}" is ${tensor.dtype}`);
  }
  const width = elementBytes(tensor.dtype);
  await using handle = await openForReading(tensor.file);
  const pieces =
    tensor.strides === undefined
      ? runOf(handle, tensor, chunkElements * width, signal)
      : stridedValues(handle, tensor, tensor.strides, { width, chunkElements, signal });
  // Strided values come in another order than that of the checksum.
  if (tensor.strides !== undefined && tensor.crc32 !== undefined) {
    const run = { ...tensor, bytes: spannedBytes(tensor) };
    for await (const _ of runOf(handle, run, chunkElements * width, signal));
  }
  let done = 0;
  for await (const bytes of pieces) {
    const values = convert(bytes);
    const fault = firstNonFinite(values);
    if (fault !== -1) throw nonFinite(tensor, done + fault);
    done += values.length;
    yield values;
  }
}

/** The bytes of a run one after the other, which must have the tensor's checksum where it has one. */
async function* runOf(
  handle: FileHandle,
  tensor: StoredTensor,
  chunkBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let checksum = 0;
  for (let done = 0; done < tensor.bytes; done += chunkBytes) {
    throwIfAborted(signal);
    const bytes = new Uint8Array(Math.min(chunkBytes, tensor.bytes - done));
    await readExactly(handle, bytes, tensor.offset + done, tensor.file);
    if (tensor.crc32 !== undefined) checksum = crc32(bytes, checksum);
    yield bytes;
  }
  if (tensor.crc32 !== undefined && checksum !== tensor.crc32) {
    throw new AmlDeitError(
      'CHECKPOINT_INVALID',
      `${tensor.file} is damaged: the checksum of tensor "${tensor.name}" does not match`,
      { details: { file: tensor.file, tensor: tensor.name } },
    );
  }
}

function widen(bytes: Uint8Array<ArrayBuffer>, bitsOf: (half: number) => number): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const words = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index += 1) words[index] = bitsOf(halves[index] as number);
  return new Float32Array(words.buffer);
}

/** IEEE 754 half precision (1, 5, 10 bits) to the bits of a float32. */
function fromHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal: its leading one moves up to where it is implied.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** Index of the first value that is NaN or infinite: all bits of its exponent are set. -1 for none. */
function firstNonFinite(values: Float32Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let index = 0; index < words.length; index += 1) {
    if (((words[index] as number) & 0x7f800000) === 0x7f800000) return index;
  }
  return -1;
}

function nonFinite({ file, name, dtype }: StoredTensor, index: number): AmlDeitError {
  const range = dtype === 'F64' ? ' in float32' : '';
  return new AmlDeitError(
    'CHECKPOINT_INVALID',
    `${file}: tensor "${name}" has a NaN or infinity${range} (value ${index}), expected finite numbers`,
    { details: { file, tensor: name, index } },
  );
}
