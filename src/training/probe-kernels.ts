import { wasm, wasmModule } from '../vision/index.ts';
import type { LinearMemory, WasmCode } from '../vision/index.ts';

/** Rows that are computed together: their features stay in the processor's cache while all weights pass by. */
export const blockRows = 64;
/** Weights and rows are padded with zeros to multiples of these. */
export const classesAtOnce = 4;
export const dimensionsAtOnce = 4;

/**
 * The inner loops of a linear classifier in float64, in vector instructions; a BLAS's, as far as one is needed here. Sums are
 * made in one order on every machine. Addresses are bytes. Features and weights are row after row, `stride` bytes apart;
 * scores are class after class, `blockRows` of each.
 */
export interface ProbeKernels {
  readonly memory: LinearMemory;
  /** The scores of the classes from `weights` to `weightsEnd` for the rows from `features` to `featuresEnd` (multiples of four). */
  readonly score: (
    features: number,
    featuresEnd: number,
    weights: number,
    weightsEnd: number,
    stride: number,
    scores: number,
  ) => void;
  /** Raises each row's `maxima` to its largest score. */
  readonly raiseMaxima: (scores: number, scoresEnd: number, maxima: number) => void;
  /** Takes `maxima` off the scores, puts their exponentials in their place, and adds those to `totals`. */
  readonly exponentiate: (
    scores: number,
    scoresEnd: number,
    maxima: number,
    totals: number,
    constants: number,
  ) => void;
  /** Multiplies each row's scores by its factor. */
  readonly scale: (scores: number, scoresEnd: number, factors: number) => void;
  /** Adds the product of scores and features (of `blockRows` rows) to the gradient, which has the weights' shape. */
  readonly addProducts: (
    features: number,
    featuresEnd: number,
    gradient: number,
    gradientEnd: number,
    stride: number,
    scores: number,
  ) => void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
declare const WebAssembly: WebAssemblyApi;

let kernels: ProbeKernels | undefined;

/** One for each thread. */
export function getProbeKernels(): ProbeKernels {
  kernels ??= new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports as ProbeKernels;
  return kernels;
}

const { get, assign, advance, i32, add, doWhileLess } = wasm;
/** Of one class's scores. */
const blockBytes = 8 * blockRows;
const zero = wasm.f64x2(0);
const addProduct = (sum: number, a: WasmCode, b: WasmCode): WasmCode =>
  assign(sum, wasm.addF64x2(get(sum), wasm.multiplyF64x2(a, b)));

function moduleBytes(): Uint8Array<ArrayBuffer> {
  return wasmModule([
    { name: 'score', parameters: 6, locals: { i32: 7, v128: 11 }, body: scoreBody() },
    {
      name: 'raiseMaxima',
      parameters: 3,
      locals: { i32: 2, v128: 0 },
      body: eachScore(2, [
        wasm.store16Bytes(get(4), wasm.maxF64x2(wasm.load16Bytes(get(4)), wasm.load16Bytes(get(0)))),
      ]),
    },
    { name: 'exponentiate', parameters: 5, locals: { i32: 2, v128: 5 }, body: exponentiateBody() },
    {
      name: 'scale',
      parameters: 3,
      locals: { i32: 2, v128: 0 },
      body: eachScore(2, [
        wasm.store16Bytes(get(0), wasm.multiplyF64x2(wasm.load16Bytes(get(0)), wasm.load16Bytes(get(4)))),
      ]),
    },
    { name: 'addProducts', parameters: 6, locals: { i32: 5, v128: 11 }, body: addProductsBody() },
  ]);
}

/** Four rows by two classes at a time: eight sums, each of two lanes that are added in the end. */
function scoreBody(): WasmCode {
  const [features, featuresEnd, weights, weightsEnd, stride, scores] = [0, 1, 2, 3, 4, 5] as const;
  const [rows, at, weight, otherWeight, weightEnd, output] = [6, 7, 8, 9, 10, 11] as const;
  const [third, value, first, second, ...sums] = [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23] as const;
  const [a0, a1, a2, a3, b0, b1, b2, b3] = sums;
  const addRow = (address: WasmCode, sumA: number, sumB: number): WasmCode => [
    assign(value, wasm.load16Bytes(address)),
    addProduct(sumA, get(value), get(first)),
    addProduct(sumB, get(value), get(second)),
  ];
  const dimensionLoop = doWhileLess(
    weight,
    weightEnd,
    assign(first, wasm.load16Bytes(get(weight))),
    assign(second, wasm.load16Bytes(get(otherWeight))),
    addRow(get(at), a0, b0),
    addRow(add(get(at), get(stride)), a1, b1),
    assign(third, add(get(at), add(get(stride), get(stride)))),
    addRow(get(third), a2, b2),
    addRow(add(get(third), get(stride)), a3, b3),
    advance(at, i32(16)),
    advance(weight, i32(16)),
    advance(otherWeight, i32(16)),
  );
  const total = (a: number, b: number): WasmCode =>
    wasm.addF64x2(wasm.lowF64s(get(a), get(b)), wasm.highF64s(get(a), get(b)));
  const rowLoop = doWhileLess(
    rows,
    featuresEnd,
    sums.flatMap((sum) => assign(sum, zero)),
    assign(at, get(rows)),
    assign(weight, get(weights)),
    assign(weightEnd, add(get(weights), get(stride))),
    assign(otherWeight, get(weightEnd)),
    dimensionLoop,
    wasm.store16Bytes(get(output), total(a0, a1)),
    wasm.store16Bytes(get(output), total(a2, a3), 16),
    wasm.store16Bytes(get(output), total(b0, b1), blockBytes),
    wasm.store16Bytes(get(output), total(b2, b3), blockBytes + 16),
    advance(output, i32(32)),
    advance(rows, wasm.multiply(get(stride), i32(4))),
  );
  return doWhileLess(
    weights,
    weightsEnd,
    assign(rows, get(features)),
    assign(output, get(scores)),
    rowLoop,
    advance(weights, add(get(stride), get(stride))),
    advance(scores, i32(2 * blockBytes)),
  );
}

/** For each pair of scores (local 0, up to local 1), with the last i32 local at its rows' place in the table `table`. */
function eachScore(table: number, body: WasmCode, parameters = 3): WasmCode {
  const classEnd = parameters;
  const row = parameters + 1;
  return doWhileLess(
    0,
    1,
    assign(classEnd, add(get(0), i32(blockBytes))),
    assign(row, get(table)),
    doWhileLess(0, classEnd, body, advance(0, i32(16)), advance(row, i32(16))),
  );
}

const seriesTerms = 13;
/**
 * What `exponentiate` reads from `constants`: below the first the exponential is as good as zero, and above it no exponent
 * is out of range; log2 e; a number that leaves what it is added to with its integer part in the lowest bits; ln 2 in two
 * parts, the first with room for an exponent's bits; then the series, its highest term first.
 */
export const exponentialConstants = Float64Array.from([
  -708,
  Math.LOG2E,
  1.5 * 2 ** 52,
  6.9314718036912382e-1,
  1.9082149292705877e-10,
  ...Array.from({ length: seriesTerms + 1 }, (_, index) => 1 / factorial(seriesTerms - index)),
]);

/** exp(x) = 2^n · exp(r) with |r| ≤ ln 2 / 2, of which thirteen terms of the series are exact to the last bit or two. */
function exponentiateBody(): WasmCode {
  const [scores, maxima, totals, constants] = [0, 2, 3, 4] as const;
  const row = 6;
  const [x, shifted, whole, power, square] = [7, 8, 9, 10, 11] as const;
  const constant = (index: number): WasmCode => wasm.load8BytesSplat(get(constants), 8 * index);
  const [smallest, log2e, integerPart, ln2High, ln2Low] = [0, 1, 2, 3, 4].map(constant) as [
    WasmCode,
    WasmCode,
    WasmCode,
    WasmCode,
    WasmCode,
  ];
  // Two sums that do not wait for each other: the odd terms and the even ones.
  const terms = (first: number): WasmCode =>
    Array.from({ length: (seriesTerms - 1) / 2 }, (_, index) =>
      constant(first + 2 * index + 2),
    ).reduce<WasmCode>(
      (sum, term) => wasm.addF64x2(wasm.multiplyF64x2(sum, get(square)), term),
      constant(first),
    );
  const series = wasm.addF64x2(wasm.multiplyF64x2(terms(5), get(x)), terms(6));
  const totalAt = add(get(totals), wasm.subtract(get(row), get(maxima)));
  return eachScore(
    maxima,
    [
      assign(
        x,
        wasm.maxF64x2(
          wasm.subtractF64x2(wasm.load16Bytes(get(scores)), wasm.load16Bytes(get(row))),
          smallest,
        ),
      ),
      assign(shifted, wasm.addF64x2(wasm.multiplyF64x2(get(x), log2e), integerPart)),
      assign(whole, wasm.subtractF64x2(get(shifted), integerPart)),
      assign(x, wasm.subtractF64x2(get(x), wasm.multiplyF64x2(get(whole), ln2High))),
      assign(x, wasm.subtractF64x2(get(x), wasm.multiplyF64x2(get(whole), ln2Low))),
      assign(square, wasm.multiplyF64x2(get(x), get(x))),
      assign(power, wasm.addI64x2(series, wasm.shiftLeftI64x2(get(shifted), 52))),
      wasm.store16Bytes(get(scores), get(power)),
      wasm.store16Bytes(totalAt, wasm.addF64x2(wasm.load16Bytes(totalAt), get(power))),
    ],
    5,
  );
}

function factorial(number: number): number {
  return number < 2 ? 1 : number * factorial(number - 1);
}

/** Four classes by four dimensions at a time, over the rows of the block. */
function addProductsBody(): WasmCode {
  const [features, featuresEnd, gradient, gradientEnd, stride, scores] = [0, 1, 2, 3, 4, 5] as const;
  const [column, at, rowsEnd, score, target] = [6, 7, 8, 9, 10] as const;
  const [low, high, factor, ...sums] = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21] as const;
  const classes = [0, 1, 2, 3].map((index) => ({
    scoreOffset: index * blockBytes,
    lowSum: sums[2 * index]!,
    highSum: sums[2 * index + 1]!,
  }));
  /** With `target` at the four dimensions of each class in turn. */
  const eachClass = (code: (sums: (typeof classes)[number]) => WasmCode): WasmCode => [
    assign(target, add(get(gradient), get(column))),
    ...classes.map((sums) => [code(sums), advance(target, get(stride))]),
  ];
  const rowLoop = doWhileLess(
    at,
    rowsEnd,
    assign(low, wasm.load16Bytes(get(at))),
    assign(high, wasm.load16Bytes(get(at), 16)),
    ...classes.map(({ scoreOffset, lowSum, highSum }) => [
      assign(factor, wasm.load8BytesSplat(get(score), scoreOffset)),
      addProduct(lowSum, get(low), get(factor)),
      addProduct(highSum, get(high), get(factor)),
    ]),
    advance(at, get(stride)),
    advance(score, i32(8)),
  );
  const columnLoop = doWhileLess(
    column,
    stride,
    eachClass(({ lowSum, highSum }) => [
      assign(lowSum, wasm.load16Bytes(get(target))),
      assign(highSum, wasm.load16Bytes(get(target), 16)),
    ]),
    assign(at, add(get(features), get(column))),
    assign(rowsEnd, add(get(featuresEnd), get(column))),
    assign(score, get(scores)),
    rowLoop,
    eachClass(({ lowSum, highSum }) => [
      wasm.store16Bytes(get(target), get(lowSum)),
      wasm.store16Bytes(get(target), get(highSum), 16),
    ]),
    advance(column, i32(32)),
  );
  return doWhileLess(
    gradient,
    gradientEnd,
    assign(column, i32(0)),
    columnLoop,
    advance(gradient, wasm.multiply(get(stride), i32(classesAtOnce))),
    advance(scores, i32(classesAtOnce * blockBytes)),
  );
}
