/** Bytes of one element, for every type that a checkpoint's tensors may have. Weights are of the first four. */
const dtypeBytes = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type TensorDtype = keyof typeof dtypeBytes;

/**
 * Where a tensor's values lie: in one run of bytes of one file, little-endian, row-major unless it has strides. Every
 * format that is read comes down to this, so nothing behind the readers knows which it was.
 */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly file: string;
  /** Of the first value. */
  readonly offset: number;
  /** Of all values. */
  readonly bytes: number;
  /** Between neighbours on each axis, in elements, where the values do not follow each other row-major. */
  readonly strides?: readonly number[] | undefined;
  /** CRC-32 of the run of bytes from the first value to the last, where the file's format has one. */
  readonly crc32?: number;
}

/** The tensors of a checkpoint, by the names under which its files have them. The data stays on disk. */
export interface StoredWeights {
  /** Every file that holds weights, in the order of their names. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export function isTensorDtype(dtype: string): dtype is TensorDtype {
  return Object.hasOwn(dtypeBytes, dtype);
}

export function elementBytes(dtype: TensorDtype): number {
  return dtypeBytes[dtype];
}

/** How many values a shape has; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Elements from the first value to the last one's end, what lies between them included. */
export function spannedElements(shape: readonly number[], strides: readonly number[] | undefined): number {
  if (strides === undefined || shape.includes(0)) return elementCount(shape);
  return shape.reduce((span, size, axis) => span + (size - 1) * (strides[axis] ?? 0), 1);
}

/** The same in bytes. */
export function spannedBytes({ shape, strides, bytes }: StoredTensor): number {
  if (bytes === 0) return 0;
  return spannedElements(shape, strides) * (bytes / elementCount(shape));
}

/** The part of a tensor's rows from `begin`, `count` of them. */
export function rowsOf(tensor: StoredTensor, name: string, begin: number, count: number): StoredTensor {
  const { crc32: _whole, ...rest } = tensor;
  const [rows = 1] = tensor.shape;
  const rowBytes = tensor.bytes / rows;
  const stepBytes =
    (rowBytes * (tensor.strides?.[0] ?? elementCount(tensor.shape.slice(1)))) /
    elementCount(tensor.shape.slice(1));
  return {
    ...rest,
    name,
    shape: [count, ...tensor.shape.slice(1)],
    offset: tensor.offset + begin * stepBytes,
    bytes: count * rowBytes,
  };
}
