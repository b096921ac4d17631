import type { Preprocessing } from './preprocessing.ts';
import type { RgbImage } from './rgb-image.ts';

export interface ResizeTarget {
  readonly width: number;
  readonly height: number;
  readonly resample: Preprocessing['resample'];
  /** The part of the resized picture that is wanted; all of it by default. Only that part is computed. */
  readonly window?: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

/** Kernels and how far they reach at scale 1. Bicubic is the Catmull-Rom spline (a = -0.5). */
const filters = {
  bilinear: { support: 1, weigh: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weigh: (x: number) => cubic(Math.abs(x)) },
} as const;

function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** Weights are fixed-point numbers with this many fraction bits, so that sums of 8-bit values stay below 2^31. */
const fractionBits = 22;

/** For each output position: where its taps begin, how many, and their fixed-point weights (stride `taps`). */
interface Kernel {
  readonly taps: number;
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Int32Array;
}

/**
 * Resizes as Pillow does: an antialiased separable convolution (the kernel is stretched by the scale when it
 * shrinks) with 22-bit fixed-point weights, rounded to 8 bits between the two directions. Equal to Pillow 13 byte
 * for byte; earlier releases always filter rows first.
 */
export function resizeRgb(image: RgbImage, target: ResizeTarget): RgbImage {
  const { resample, window = { x: 0, y: 0, width: target.width, height: target.height } } = target;
  const columns = kernelFor(image.width, target.width, window.x, window.width, resample);
  const rows = kernelFor(image.height, target.height, window.y, window.height, resample);
  const { data } = filtersColumnsFirst(image, target)
    ? filterRows(
        filterColumns({ data: image.data, width: image.width, x: 0, y: 0 }, rows, rangeOf(columns)),
        columns,
        { start: 0, end: window.height },
      )
    : filterColumns(
        filterRows({ data: image.data, width: image.width, x: 0, y: 0 }, columns, rangeOf(rows)),
        rows,
        { start: 0, end: window.width },
      );
  return { width: window.width, height: window.height, data };
}

/**
 * Pillow 13 shortens first what loses many more rows than columns. The rule was found by comparing its results
 * with both orders over random sizes; which order is taken shows in the last bit of the result.
 */
function filtersColumnsFirst(image: RgbImage, target: ResizeTarget): boolean {
  const lostRows = image.height - target.height;
  return lostRows > 0 && lostRows > 2 * (image.width - target.width);
}

/** Rows of RGB bytes whose first pixel is column `x`, row `y` of the picture that they are cut from. */
interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly x: number;
  readonly y: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The input positions that a kernel reads. */
function rangeOf({ starts, counts }: Kernel): Range {
  const last = starts.length - 1;
  return { start: starts[0]!, end: starts[last]! + counts[last]! };
}

function identityKernel(offset: number, length: number): Kernel {
  const one = 2 ** fractionBits;
  return {
    taps: 1,
    starts: Int32Array.from({ length }, (_, index) => offset + index),
    counts: new Int32Array(length).fill(1),
    weights: new Int32Array(length).fill(one),
  };
}

function kernelFor(
  inputSize: number,
  outputSize: number,
  offset: number,
  length: number,
  resample: Preprocessing['resample'],
): Kernel {
  // A direction that does not change is not filtered, only cut.
  if (inputSize === outputSize) return identityKernel(offset, length);
  const filter = filters[resample];
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(length);
  const counts = new Int32Array(length);
  const weights = new Int32Array(length * taps);
  const exact = new Float64Array(taps);
  for (let index = 0; index < length; index += 1) {
    const center = (offset + index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inputSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < count; tap += 1) {
      const weight = filter.weigh((tap + start - center + 0.5) * (1 / stretch));
      exact[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count; tap += 1) {
      const weight = ((exact[tap] ?? 0) / sum) * 2 ** fractionBits;
      weights[index * taps + tap] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    starts[index] = start;
    counts[index] = count;
  }
  return { taps, starts, counts, weights };
}

const halfUnit = 2 ** (fractionBits - 1);

/** The shift alone rounds, because sums begin with half a unit. */
function toByte(sum: number): number {
  const value = sum >> fractionBits;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Each of the `rows` (positions in the picture) convolved along its length: as many pixels as the kernel has outputs. */
function filterRows(source: Plane, kernel: Kernel, rows: Range): Plane {
  const { starts, counts, weights, taps } = kernel;
  const { data } = source;
  const width = starts.length;
  const output = new Uint8Array((rows.end - rows.start) * width * 3);
  let at = 0;
  for (let row = rows.start; row < rows.end; row += 1) {
    const rowStart = ((row - source.y) * source.width - source.x) * 3;
    for (let x = 0; x < width; x += 1) {
      let from = rowStart + starts[x]! * 3;
      let red = halfUnit;
      let green = halfUnit;
      let blue = halfUnit;
      const end = x * taps + counts[x]!;
      for (let k = x * taps; k < end; k += 1, from += 3) {
        const weight = weights[k]!;
        red = (red + Math.imul(data[from]!, weight)) | 0;
        green = (green + Math.imul(data[from + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[from + 2]!, weight)) | 0;
      }
      output[at] = toByte(red);
      output[at + 1] = toByte(green);
      output[at + 2] = toByte(blue);
      at += 3;
    }
  }
  return { data: output, width, x: 0, y: rows.start };
}

/** Each of the `columns` (positions in the picture) convolved along its height: as many rows as the kernel has outputs. */
function filterColumns(source: Plane, kernel: Kernel, columns: Range): Plane {
  const { starts, counts, weights, taps } = kernel;
  const { data } = source;
  const width = columns.end - columns.start;
  const height = starts.length;
  const stride = width * 3;
  const output = new Uint8Array(height * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y += 1) {
    sums.fill(halfUnit);
    const end = y * taps + counts[y]!;
    let from = ((starts[y]! - source.y) * source.width + columns.start - source.x) * 3;
    // Whole rows at a time: memory is read in order.
    for (let k = y * taps; k < end; k += 1, from += source.width * 3) {
      const weight = weights[k]!;
      for (let index = 0; index < stride; index += 1)
        sums[index] = (sums[index]! + Math.imul(data[from + index]!, weight)) | 0;
    }
    const at = y * stride;
    for (let index = 0; index < stride; index += 1) output[at + index] = toByte(sums[index]!);
  }
  return { data: output, width, x: columns.start, y: 0 };
}
