/**
 * Writes WebAssembly modules of a few functions over one memory. JavaScript has no vector instructions; this is the
 * shortest way to them, and what is loaded can be read here.
 */
export type WasmCode = readonly (number | WasmCode)[];

interface WasmFunction {
  readonly name: string;
  /** i32 each. */
  readonly parameters: number;
  readonly locals: { readonly i32: number; readonly v128: number };
  readonly body: WasmCode;
}

const types = { i32: 0x7f, v128: 0x7b, function: 0x60 } as const;
const sections = { type: 1, function: 3, memory: 5, export: 7, code: 10 } as const;
const memoryName = 'memory';
const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
/** A loop without a result, a comparison of unsigned numbers, and a branch to the loop's beginning while it holds. */
const loopBegin = [0x03, 0x40];
const loopEnd = [0x49, 0x0d, 0, 0x0b];

/** The module's bytes: the functions (no results) and `memory`, exported by name. */
export function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(({ parameters }) => [
    types.function,
    ...vector(Array.from({ length: parameters }, () => [types.i32])),
    0,
  ]);
  const exported = [
    [...text(memoryName), 0x02, 0],
    ...functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]),
  ];
  const bodies = functions.map(({ locals, body }) => {
    const code = [
      ...vector([
        [...unsigned(locals.i32), types.i32],
        [...unsigned(locals.v128), types.v128],
      ]),
      ...flatten(body),
      0x0b,
    ];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...magic,
    ...section(sections.type, vector(signatures)),
    ...section(sections.function, vector(functions.map((_, index) => unsigned(index)))),
    ...section(sections.memory, [1, 0, 1]),
    ...section(sections.export, vector(exported)),
    ...section(sections.code, vector(bodies)),
  ]);
}

/** Instructions, each as it is encoded. A memory access has no alignment to rely on and no offset. */
export const wasm = {
  get: (local: number) => [0x20, ...unsigned(local)],
  set: (local: number) => [0x21, ...unsigned(local)],
  /** `local = value` */
  assign: (local: number, ...value: WasmCode) => [value, 0x21, ...unsigned(local)],
  /** `local += amount` */
  advance: (local: number, ...amount: WasmCode) => [wasm.get(local), amount, 0x6a, wasm.set(local)],
  i32: (value: number) => [0x41, ...signed(value)],
  add: (a: WasmCode, b: WasmCode) => [a, b, 0x6a],
  subtract: (a: WasmCode, b: WasmCode) => [a, b, 0x6b],
  multiply: (a: WasmCode, b: WasmCode) => [a, b, 0x6c],
  loadI32: (address: WasmCode) => [address, 0x28, 0, 0],
  /** Repeats the body while `left < right`, at least once. */
  doWhileLess: (left: number, right: number, ...body: WasmCode) => [
    loopBegin,
    body,
    wasm.get(left),
    wasm.get(right),
    loopEnd,
  ],
  load16Bytes: (address: WasmCode, offset = 0) => [address, ...simd(0x00), 0, ...unsigned(offset)],
  /** Four bytes, the other twelve zero. */
  load4Bytes: (address: WasmCode) => [address, ...simd(0x5c), 0, 0],
  loadI32Splat: (address: WasmCode) => [address, ...simd(0x09), 0, 0],
  load8BytesSplat: (address: WasmCode, offset = 0) => [address, ...simd(0x0a), 0, ...unsigned(offset)],
  store16Bytes: (address: WasmCode, value: WasmCode, offset = 0) => [
    address,
    value,
    ...simd(0x0b),
    0,
    ...unsigned(offset),
  ],
  store4Bytes: (address: WasmCode, value: WasmCode) => [address, value, ...simd(0x5a), 0, 0, 0],
  splatI32: (value: WasmCode) => [value, ...simd(0x11)],
  lowU8ToU16: (value: WasmCode) => [value, ...simd(0x89)],
  highU8ToU16: (value: WasmCode) => [value, ...simd(0x8a)],
  lowU16ToU32: (value: WasmCode) => [value, ...simd(0xa9)],
  highU16ToU32: (value: WasmCode) => [value, ...simd(0xaa)],
  shiftRightI32x4: (value: WasmCode, bits: number) => [value, wasm.i32(bits), ...simd(0xac)],
  addI32x4: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xae)],
  multiplyI32x4: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xb5)],
  /** Eight numbers to 16 bits, clipped. */
  narrowI32: (low: WasmCode, high: WasmCode) => [low, high, ...simd(0x85)],
  /** Sixteen numbers to bytes, clipped to 0…255. */
  narrowI16ToU8: (low: WasmCode, high: WasmCode) => [low, high, ...simd(0x66)],
  /** The same number in both lanes. */
  f64x2: (value: number) => [...simd(0x0c), ...doubleBytes(value), ...doubleBytes(value)],
  addF64x2: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xf0)],
  subtractF64x2: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xf1)],
  multiplyF64x2: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xf2)],
  maxF64x2: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xf5)],
  /** `[a0, b0]` and `[a1, b1]` */
  lowF64s: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0x0d), ...lanes(0, 2)],
  highF64s: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0x0d), ...lanes(1, 3)],
  shiftLeftI64x2: (value: WasmCode, bits: number) => [value, wasm.i32(bits), ...simd(0xcb)],
  addI64x2: (a: WasmCode, b: WasmCode) => [a, b, ...simd(0xce)],
};

function simd(operation: number): number[] {
  return [0xfd, ...unsigned(operation)];
}

function doubleBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

/** The bytes of two of the four 8-byte lanes of two vectors. */
function lanes(...picked: readonly number[]): number[] {
  return picked.flatMap((lane) => Array.from({ length: 8 }, (_, byte) => 8 * lane + byte));
}

function flatten(code: WasmCode): number[] {
  return code.flatMap((item) => (typeof item === 'number' ? [item] : flatten(item)));
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = Buffer.from(value);
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
