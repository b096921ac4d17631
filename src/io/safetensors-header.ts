import { AmlDeitError } from '../errors/index.ts';

/** Bits of one element, for every dtype that the safetensors format names. */
const dtypeBits = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
} as const;

export type SafetensorsDtype = keyof typeof dtypeBits;

/** One tensor's place in the file. `offset` counts from the file's first byte, so that other formats can point here. */
export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  /** By name, in the order of the data. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the data begins: 8 + the header's length. */
  readonly dataOffset: number;
}

/** The limit of the reference implementation; a longer header is a corrupt or hostile file. */
export const maxHeaderBytes = 100_000_000;

export const headerLengthBytes = 8;

export function safetensorsInvalid(file: string, problem: string, details: object = {}): AmlDeitError {
  return new AmlDeitError('SAFETENSORS_INVALID', `${file}: ${problem}`, { details: { file, ...details } });
}

/** The header's length from the file's first 8 bytes, checked against the file's size. */
export function headerLength(prefix: Uint8Array, fileBytes: number, file: string): number {
  if (fileBytes < headerLengthBytes + 2 || prefix.byteLength < headerLengthBytes) {
    throw safetensorsInvalid(file, `${fileBytes} bytes are too few for a safetensors file`);
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, headerLengthBytes);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw safetensorsInvalid(
      file,
      `the header claims ${length} bytes, expected at most ${maxHeaderBytes}; this is no safetensors file`,
    );
  }
  if (headerLengthBytes + Number(length) > fileBytes) {
    throw safetensorsInvalid(
      file,
      `truncated: the header claims ${length} bytes, the whole file has ${fileBytes}`,
    );
  }
  return Number(length);
}

/**
 * Parses and checks a header. Every rule of the format is enforced: known dtypes, sizes that agree with shapes,
 * data without gap or overlap that ends exactly where the file ends, no key twice.
 */
export function parseHeader(header: Uint8Array, fileBytes: number, file: string): SafetensorsHeader {
  const document = parseJson(header, file);
  const dataOffset = headerLengthBytes + header.byteLength;
  const tensors: SafetensorsTensor[] = [];
  let metadata = new Map<string, string>();
  for (const [name, entry] of Object.entries(document)) {
    if (name === '__metadata__') metadata = parseMetadata(entry, file);
    else tensors.push(parseEntry(name, entry, dataOffset, file));
  }
  tensors.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  checkCoverage(tensors, dataOffset, fileBytes, file);
  return { tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata, dataOffset };
}

function parseJson(header: Uint8Array, file: string): Record<string, unknown> {
  let text: string;
  let document: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    document = JSON.parse(text);
  } catch (error) {
    throw safetensorsInvalid(file, 'the header is not JSON; this is no safetensors file', {
      cause: error instanceof Error ? error.message : String(error),
    });
  }
  if (!isObject(document)) throw safetensorsInvalid(file, 'the header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw safetensorsInvalid(file, `the header has "${twice}" twice`, { tensor: twice });
  }
  return document;
}

/** JSON.parse keeps the last of two equal keys without a word; a file whose readers disagree on it is refused. */
function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
    if (match[0] === '{') open.push(new Set());
    else if (match[0] === '}') open.pop();
    else if (match[2] !== undefined) {
      const key = JSON.parse(match[1] ?? '""') as string;
      const keys = open.at(-1);
      if (keys?.has(key) === true) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseMetadata(entry: unknown, file: string): Map<string, string> {
  if (!isObject(entry)) throw safetensorsInvalid(file, '__metadata__ is not an object of strings');
  const metadata = new Map<string, string>();
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') throw safetensorsInvalid(file, `__metadata__.${key} is not a string`);
    metadata.set(key, value);
  }
  return metadata;
}

function parseEntry(name: string, entry: unknown, dataOffset: number, file: string): SafetensorsTensor {
  const fail = (problem: string, expected: unknown, actual: unknown): never => {
    throw safetensorsInvalid(file, `tensor "${name}": ${problem}`, { tensor: name, expected, actual });
  };
  if (!isObject(entry)) return fail('its entry is not an object', 'object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeBits, dtype)) {
    const known = Object.keys(dtypeBits).join(', ');
    return fail(`unknown dtype ${JSON.stringify(dtype)}, expected one of ${known}`, known, dtype);
  }
  if (!isSizes(shape)) {
    const text = JSON.stringify(shape);
    return fail(`shape ${text} is not a list of non-negative integers`, 'integers', shape);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    return fail(`data_offsets ${JSON.stringify(offsets)} is not [begin, end]`, '[begin, end]', offsets);
  }
  const [begin = 0, end = 0] = offsets;
  const elements = shape.reduce((product, size) => product * size, 1);
  const bytes = (elements * dtypeBits[dtype as SafetensorsDtype]) / 8;
  if (!Number.isSafeInteger(bytes)) return fail(`shape [${shape.join(', ')}] overflows`, 'a size', shape);
  if (end - begin !== bytes) {
    return fail(
      `${dtype} [${shape.join(', ')}] needs ${bytes} bytes, its data_offsets [${begin}, ${end}] hold ${end - begin}`,
      bytes,
      end - begin,
    );
  }
  return { name, dtype: dtype as SafetensorsDtype, shape, offset: dataOffset + begin, bytes };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function checkCoverage(
  tensors: readonly SafetensorsTensor[],
  dataOffset: number,
  fileBytes: number,
  file: string,
): void {
  let expected = dataOffset;
  for (const { name, offset, bytes } of tensors) {
    if (offset !== expected) {
      const problem = offset < expected ? 'overlaps the tensor before it' : 'leaves a gap before it';
      const actual = offset - dataOffset;
      throw safetensorsInvalid(
        file,
        `tensor "${name}" ${problem}: it begins at ${actual}, expected ${expected - dataOffset}`,
        { tensor: name, expected: expected - dataOffset, actual },
      );
    }
    if (offset + bytes > fileBytes) {
      throw safetensorsInvalid(
        file,
        `truncated: tensor "${name}" ends at byte ${offset + bytes}, the file has ${fileBytes}`,
        { tensor: name, expected: offset + bytes, actual: fileBytes },
      );
    }
    expected = offset + bytes;
  }
  if (expected !== fileBytes) {
    throw safetensorsInvalid(file, `${fileBytes - expected} bytes after the last tensor's end`, {
      expected,
      actual: fileBytes,
    });
  }
}
