import { PickleTuple, pickleRefused, torchInvalid } from './pickle.ts';
import type { PickleWorld } from './pickle.ts';
import { spannedElements } from './stored-tensor.ts';
import type { TensorDtype } from './stored-tensor.ts';

/** A run of values in the file, which tensors are views of. */
export interface TorchStorage {
  /** Under which the file has its bytes. */
  readonly key: string;
  readonly dtype: TensorDtype;
  readonly elements: number;
}

/** A tensor of a state dict: a part of a storage. */
export class TorchTensor {
  readonly storage: TorchStorage;
  /** The first element's index in the storage. */
  readonly begin: number;
  readonly shape: readonly number[];
  /** In elements; undefined where it is row-major without gaps. */
  readonly strides: readonly number[] | undefined;

  constructor(
    storage: TorchStorage,
    begin: number,
    shape: readonly number[],
    strides: readonly number[] | undefined,
  ) {
    this.storage = storage;
    this.begin = begin;
    this.shape = shape;
    this.strides = strides;
  }
}

/** Stands for an imported name; which function or class it is, is all that there is to it. */
class Global {
  readonly name: GlobalName;

  constructor(name: GlobalName) {
    this.name = name;
  }
}

const storageTypes = {
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.DoubleStorage': 'F64',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
} as const satisfies Record<string, TensorDtype>;

/** All that a pickle may import. */
const globalNames = [
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_parameter',
  ...(Object.keys(storageTypes) as (keyof typeof storageTypes)[]),
] as const;

type GlobalName = (typeof globalNames)[number];

/**
 * What Python's names and calls in a state dict's pickle mean here: ordered dicts, storages, tensors, parameters. The
 * returned map fills with the storages that the pickle mentions.
 *
 * The worlds' functions throw PICKLE_REFUSED for any other import or call, named, and for a tensor that has one value
 * in many places; TORCH_FILE_INVALID for a tensor that reaches out of its storage.
 */
export function torchWorld(file: string): {
  world: PickleWorld;
  storages: ReadonlyMap<string, TorchStorage>;
} {
  const storages = new Map<string, TorchStorage>();
  const globals = new Map<string, Global>(globalNames.map((name) => [name, new Global(name)]));
  const world: PickleWorld = {
    global(module, name) {
      const found = globals.get(`${module}.${name}`);
      if (found === undefined) {
        throw pickleRefused(
          file,
          `the pickle imports ${JSON.stringify(`${module}.${name}`)}, which no state dict needs`,
        );
      }
      return found;
    },
    call(callee, args) {
      const name = callee instanceof Global ? callee.name : undefined;
      switch (name) {
        case 'collections.OrderedDict':
          if (args.length > 0) throw pickleRefused(file, 'the pickle makes an OrderedDict of something');
          return new Map();
        case 'torch._utils._rebuild_tensor':
        case 'torch._utils._rebuild_tensor_v2':
          return rebuildTensor(args, file);
        case 'torch._utils._rebuild_parameter':
          return rebuildParameter(args, file);
        default:
          throw pickleRefused(file, `the pickle calls ${name === undefined ? 'what is no function' : name}`);
      }
    },
    persistent(id) {
      const storage = readStorage(id, file);
      const known = storages.get(storage.key);
      if (known === undefined) storages.set(storage.key, storage);
      else if (known.dtype !== storage.dtype || known.elements !== storage.elements) {
        throw torchInvalid(file, `the pickle says two things of the storage ${JSON.stringify(storage.key)}`);
      }
      return known ?? storage;
    },
    build(target, state) {
      // A module's state dict carries the modules' versions as an attribute; nothing reads it.
      const attributes = state instanceof Map ? [...(state as Map<unknown, unknown>).keys()] : undefined;
      if (target instanceof Map && attributes?.every((name) => name === '_metadata') === true) return;
      throw pickleRefused(file, 'the pickle sets the state of an object that is no state dict');
    },
  };
  return { world, storages };
}

/** `('storage', class, key, location, elements)`, and in old files a view, which is null where there is none. */
function readStorage(id: unknown, file: string): TorchStorage {
  const [kind, type, key, location, elements, view = null] = id instanceof PickleTuple ? id.items : [];
  const dtype =
    type instanceof Global && Object.hasOwn(storageTypes, type.name)
      ? storageTypes[type.name as keyof typeof storageTypes]
      : undefined;
  if (kind !== 'storage' || dtype === undefined || typeof key !== 'string' || typeof location !== 'string') {
    throw pickleRefused(file, 'the pickle has a persistent id that is no storage');
  }
  if (view !== null) throw pickleRefused(file, 'the pickle has a storage that is a view of another');
  if (!isSize(elements)) throw torchInvalid(file, `the storage ${JSON.stringify(key)} has no size`);
  return { key, dtype, elements };
}

/** `(storage, offset, size, stride, requires_grad, hooks[, metadata])`; the first version has the first four. */
function rebuildTensor(args: readonly unknown[], file: string): TorchTensor {
  const [storage, begin, size, stride, , hooks = null, metadata = null] = args;
  const shape = size instanceof PickleTuple ? size.items : undefined;
  const strides = stride instanceof PickleTuple ? stride.items : undefined;
  if (!isStorage(storage) || !isSize(begin) || !isSizes(shape) || !isSizes(strides)) {
    throw torchInvalid(file, 'a tensor is made of what is no storage, offset, size and stride');
  }
  if (!isEmpty(hooks) || !isEmpty(metadata))
    throw pickleRefused(file, 'a tensor has hooks or conjugated values');
  if (shape.length !== strides.length) throw torchInvalid(file, 'a tensor has not one stride for each size');
  const laidOut = isContiguous(shape, strides) ? undefined : strides;
  if (laidOut !== undefined && !isApart(shape, laidOut)) {
    throw pickleRefused(
      file,
      `a tensor [${shape.join(', ')}] has one value in many places (strides [${strides.join(', ')}]): expanded views are not read`,
      'save it with .contiguous()',
    );
  }
  const count = spannedElements(shape, laidOut);
  if (!Number.isSafeInteger(count) || begin + count > storage.elements) {
    throw torchInvalid(
      file,
      `a tensor [${shape.join(', ')}] at ${begin} reaches out of its storage of ${storage.elements} values`,
    );
  }
  return new TorchTensor(storage, begin, shape, laidOut);
}

/** `(data, requires_grad, hooks)`: a parameter is its tensor. */
function rebuildParameter(args: readonly unknown[], file: string): TorchTensor {
  const [data, , hooks = null] = args;
  if (!(data instanceof TorchTensor)) throw torchInvalid(file, 'a parameter is made of what is no tensor');
  if (!isEmpty(hooks)) throw pickleRefused(file, 'a parameter has hooks');
  return data;
}

/** Row-major; the stride of an axis of one has no effect, and PyTorch writes anything there. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 1;
    if (size !== 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/**
 * Whether all values lie apart: each axis steps over everything that the axes of smaller strides cover. PyTorch's
 * transposed, permuted and sliced views do; expanded ones make much of little, and are refused.
 */
function isApart(shape: readonly number[], strides: readonly number[]): boolean {
  const axes = shape
    .map((size, axis) => ({ size, stride: strides[axis] ?? 0 }))
    .filter(({ size }) => size > 1)
    .sort((a, b) => a.stride - b.stride);
  let covered = 1;
  for (const { size, stride } of axes) {
    if (stride < covered) return false;
    covered += (size - 1) * stride;
  }
  return true;
}

function isEmpty(value: unknown): boolean {
  return value === null || (value instanceof Map && value.size === 0);
}

function isStorage(value: unknown): value is TorchStorage {
  return typeof value === 'object' && value !== null && 'elements' in value && 'dtype' in value;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isSize);
}
