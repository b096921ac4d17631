import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted } from '../../io/index.ts';
import { readExactly } from './read-exactly.ts';
import { elementCount } from './stored-tensor.ts';
import type { StoredTensor } from './stored-tensor.ts';

/** Of the values that are put in order at a time, and of one read: together all the memory there is to it. */
const defaultLimits = { maxPanelBytes: 16 << 20, maxReadBytes: 4 << 20 };
/** Reading what lies between the values is cheaper than a read for each, up to this share. */
const maxGap = 4;

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** An axis on the way from the file to the panel; both steps in elements. */
interface Axis {
  readonly size: number;
  readonly stride: number;
  readonly step: number;
}

/** A part of a tensor that is one run of its row-major order. */
interface Panel {
  readonly begin: readonly number[];
  readonly size: readonly number[];
}

/**
 * The values of a strided view (transposed, permuted, sliced) row-major, in pieces of `chunkElements`. The file is read
 * in the order in which the values lie there, panel by panel, so that memory does not depend on the tensor's size.
 */
export async function* stridedValues(
  handle: FileHandle,
  tensor: StoredTensor,
  strides: readonly number[],
  options: {
    readonly width: number;
    readonly chunkElements: number;
    readonly signal: AbortSignal | undefined;
    readonly limits?: typeof defaultLimits;
  },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { width, chunkElements, signal } = options;
  const { maxPanelBytes, maxReadBytes } = options.limits ?? defaultLimits;
  for (const panel of panelsOf(tensor.shape, Math.floor(maxPanelBytes / width))) {
    const ordered = wordsOf(new ArrayBuffer(elementCount(panel.size) * width), width);
    const first = panel.begin.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), 0);
    for (const { axes, elements, from, to } of readsOf(axesOf(panel, strides), first, maxReadBytes / width)) {
      throwIfAborted(signal);
      const bytes = new Uint8Array(elements * width);
      await readExactly(handle, bytes, tensor.offset + from * width, tensor.file);
      scatter(wordsOf(bytes.buffer, width), ordered, axes, 0, to);
    }
    for (let begin = 0; begin < ordered.length; begin += chunkElements)
      yield new Uint8Array(ordered.slice(begin, begin + chunkElements).buffer);
  }
}

/** Cut from the outermost axis on, until each has at most so many values. */
function* panelsOf(
  shape: readonly number[],
  maxElements: number,
  begin: readonly number[] = [],
): Generator<Panel> {
  const depth = begin.length;
  const [size = 1, ...inner] = shape.slice(depth);
  const rowElements = elementCount(inner);
  const rows = Math.floor(maxElements / rowElements);
  const ones = begin.map(() => 1);
  if (rows === 0) {
    for (let index = 0; index < size; index += 1) yield* panelsOf(shape, maxElements, [...begin, index]);
    return;
  }
  for (let index = 0; index < size; index += rows)
    yield {
      begin: [...begin, index, ...inner.map(() => 0)],
      size: [...ones, Math.min(rows, size - index), ...inner],
    };
}

/** The axes that have more than one value, those that lie closest together first. */
function axesOf({ size }: Panel, strides: readonly number[]): readonly Axis[] {
  return size
    .map((count, axis) => ({
      size: count,
      stride: strides[axis] ?? 0,
      step: elementCount(size.slice(axis + 1)),
    }))
    .filter((axis) => axis.size > 1)
    .sort((a, b) => a.stride - b.stride);
}

/** What is read at once: the axes that lie close enough together to be one run, and of the next as much as fits. */
function* readsOf(
  axes: readonly Axis[],
  first: number,
  maxElements: number,
): Generator<{
  readonly axes: readonly Axis[];
  readonly elements: number;
  readonly from: number;
  readonly to: number;
}> {
  const run: Axis[] = [];
  let elements = 1;
  let taken = 0;
  let cut: Axis | undefined;
  for (const axis of axes) {
    if (axis.stride > maxGap * elements) break;
    const fitting = Math.floor((maxElements - elements) / axis.stride) + 1;
    if (fitting < axis.size) {
      if (fitting > 1) cut = { ...axis, size: fitting };
      break;
    }
    run.push(axis);
    elements += (axis.size - 1) * axis.stride;
    taken += 1;
  }
  const whole = axes[taken];
  const outer = axes.slice(cut === undefined ? taken : taken + 1);
  for (const { from, to } of placesOf(outer, first, 0)) {
    if (cut === undefined || whole === undefined) {
      yield { axes: run, elements, from, to };
      continue;
    }
    for (let index = 0; index < whole.size; index += cut.size) {
      const size = Math.min(cut.size, whole.size - index);
      yield {
        axes: [...run, { ...cut, size }],
        elements: elements + (size - 1) * cut.stride,
        from: from + index * whole.stride,
        to: to + index * whole.step,
      };
    }
  }
}

/** Every combination of indices: where it begins in the file, and where in the panel. */
function* placesOf(
  axes: readonly Axis[],
  from: number,
  to: number,
): Generator<{ readonly from: number; readonly to: number }> {
  const outermost = axes.at(-1);
  if (outermost === undefined) {
    yield { from, to };
    return;
  }
  const inner = axes.slice(0, -1);
  for (let index = 0; index < outermost.size; index += 1)
    yield* placesOf(inner, from + index * outermost.stride, to + index * outermost.step);
}

function scatter(source: Words, target: Words, axes: readonly Axis[], from: number, to: number): void {
  const outermost = axes.at(-1);
  if (outermost === undefined) {
    target[to] = source[from] as never;
    return;
  }
  const { size, stride, step } = outermost;
  if (axes.length === 1) {
    for (let index = 0; index < size; index += 1)
      target[to + index * step] = source[from + index * stride] as never;
    return;
  }
  const inner = axes.slice(0, -1);
  for (let index = 0; index < size; index += 1)
    scatter(source, target, inner, from + index * stride, to + index * step);
}

/** Bits, not numbers: nothing is converted on the way. */
function wordsOf(buffer: ArrayBuffer, width: number): Words {
  if (width === 8) return new BigUint64Array(buffer);
  if (width === 4) return new Uint32Array(buffer);
  return width === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer);
}
