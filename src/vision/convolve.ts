import { wasm, wasmModule } from './wasm-module.ts';
import type { WasmCode } from './wasm-module.ts';

/** Weights are fixed-point numbers with this many fraction bits, so that sums of 8-bit values stay below 2^31. */
export const fractionBits = 22;

/** What is used of WebAssembly's API, whose types come with a browser's. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
declare const WebAssembly: WebAssemblyApi;

/** The two directions of a separable convolution over RGB bytes, in vector instructions. Addresses are bytes. */
export interface Convolver {
  /** Grows when it has to; views of it are void then. */
  readonly memory: LinearMemory;
  /**
   * Convolves each of `rows` (at least 1) along its length to `width` pixels. For each output pixel, `starts` has the
   * byte in its row where its taps begin, `counts` their number, and `weights` (`taps` of them apart) what they weigh.
   */
  readonly convolveRows: (
    source: number,
    stride: number,
    rows: number,
    output: number,
    width: number,
    starts: number,
    counts: number,
    weights: number,
    taps: number,
  ) => void;
  /** One output row of `blocks` × 16 bytes: the weighted sum of `count` rows, `stride` bytes apart. */
  readonly convolveColumns: (
    source: number,
    stride: number,
    output: number,
    blocks: number,
    weights: number,
    count: number,
  ) => void;
}

/** What `convolveColumns` handles at a time. Both read and write up to so many bytes behind what they are asked for. */
export const blockBytes = 16;
const pageBytes = 2 ** 16;

/** Finds room for regions of these lengths in bytes, one after the other from the start of the memory, which it grows. */
export function layOut<Name extends string>(
  memory: LinearMemory,
  lengths: Readonly<Record<Name, number>>,
): Record<Name, number> {
  let end = 0;
  const addresses = {} as Record<Name, number>;
  for (const name of Object.keys(lengths) as Name[]) {
    addresses[name] = end;
    end = Math.ceil((end + lengths[name] + blockBytes) / blockBytes) * blockBytes;
  }
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return addresses;
}

let convolver: Convolver | undefined;

/** One for each thread. */
export function getConvolver(): Convolver {
  convolver ??= new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports as Convolver;
  return convolver;
}

const { get, assign, advance, i32, add, multiply, loadI32, doWhileLess } = wasm;
/** The shift alone rounds, because sums begin with half a unit. */
const halfUnit = wasm.splatI32(i32(2 ** (fractionBits - 1)));
const toUnit = (sum: number): WasmCode => wasm.shiftRightI32x4(get(sum), fractionBits);
const addProduct = (sum: number, factor: WasmCode, weight: WasmCode): WasmCode =>
  assign(sum, wasm.addI32x4(get(sum), wasm.multiplyI32x4(factor, weight)));

function moduleBytes(): Uint8Array<ArrayBuffer> {
  return wasmModule([
    { name: 'convolveRows', parameters: 9, locals: { i32: 8, v128: 1 }, body: rowsBody() },
    { name: 'convolveColumns', parameters: 6, locals: { i32: 5, v128: 7 }, body: columnsBody() },
  ]);
}

function rowsBody(): WasmCode {
  const [source, stride, rows, output, width, starts, counts, weights, taps] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8,
  ] as const;
  const [row, startsAt, countsAt, startsEnd, weightsAt, tap, weight, weightsEnd, sum] = [
    9, 10, 11, 12, 13, 14, 15, 16, 17,
  ] as const;
  // Four bytes are loaded for a pixel's three: the fourth lane's sum is written over by the next pixel.
  const tapLoop = doWhileLess(
    weight,
    weightsEnd,
    addProduct(
      sum,
      wasm.lowU16ToU32(wasm.lowU8ToU16(wasm.load4Bytes(get(tap)))),
      wasm.loadI32Splat(get(weight)),
    ),
    advance(tap, i32(3)),
    advance(weight, i32(4)),
  );
  const pixelLoop = doWhileLess(
    startsAt,
    startsEnd,
    assign(tap, add(get(source), loadI32(get(startsAt)))),
    assign(weight, get(weightsAt)),
    assign(weightsEnd, add(get(weightsAt), multiply(loadI32(get(countsAt)), i32(4)))),
    assign(sum, halfUnit),
    tapLoop,
    assign(sum, wasm.narrowI32(toUnit(sum), toUnit(sum))),
    wasm.store4Bytes(get(output), wasm.narrowI16ToU8(get(sum), get(sum))),
    advance(output, i32(3)),
    advance(startsAt, i32(4)),
    advance(countsAt, i32(4)),
    advance(weightsAt, multiply(get(taps), i32(4))),
  );
  return [
    assign(startsEnd, add(get(starts), multiply(get(width), i32(4)))),
    doWhileLess(
      row,
      rows,
      assign(startsAt, get(starts)),
      assign(countsAt, get(counts)),
      assign(weightsAt, get(weights)),
      pixelLoop,
      advance(source, get(stride)),
      advance(row, i32(1)),
    ),
  ];
}

function columnsBody(): WasmCode {
  const [source, stride, output, blocks, weights, count] = [0, 1, 2, 3, 4, 5] as const;
  const [block, tap, weight, weightsEnd] = [6, 7, 8, 9] as const;
  const [bytes, factor, half, ...sums] = [11, 12, 13, 14, 15, 16, 17] as const;
  const [first, second, third, fourth] = sums;
  const tapLoop = doWhileLess(
    weight,
    weightsEnd,
    assign(bytes, wasm.load16Bytes(get(tap))),
    assign(factor, wasm.loadI32Splat(get(weight))),
    assign(half, wasm.lowU8ToU16(get(bytes))),
    addProduct(first, wasm.lowU16ToU32(get(half)), get(factor)),
    addProduct(second, wasm.highU16ToU32(get(half)), get(factor)),
    assign(half, wasm.highU8ToU16(get(bytes))),
    addProduct(third, wasm.lowU16ToU32(get(half)), get(factor)),
    addProduct(fourth, wasm.highU16ToU32(get(half)), get(factor)),
    advance(tap, get(stride)),
    advance(weight, i32(4)),
  );
  return [
    assign(weightsEnd, add(get(weights), multiply(get(count), i32(4)))),
    doWhileLess(
      block,
      blocks,
      assign(tap, get(source)),
      assign(weight, get(weights)),
      sums.map((sum) => assign(sum, halfUnit)),
      tapLoop,
      wasm.store16Bytes(
        get(output),
        wasm.narrowI16ToU8(
          wasm.narrowI32(toUnit(first), toUnit(second)),
          wasm.narrowI32(toUnit(third), toUnit(fourth)),
        ),
      ),
      advance(source, i32(16)),
      advance(output, i32(16)),
      advance(block, i32(1)),
    ),
  ];
}
