import type { OpenPicture, RgbImage } from './rgb-image.ts';

/** What a GIF says about its first frame, up to its compressed pixels. */
interface GifFrame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly isInterlaced: boolean;
  /** RGB triples; undefined where the index is the grey. */
  readonly palette: Uint8Array | undefined;
  /** Index of what the frame does not cover. */
  readonly background: number;
  readonly codesAt: number;
}

const headerBytes = 13;
const maxCodes = 4096;

/**
 * The first frame of a GIF, in the colours of its palette, those of transparent pixels included.
 *
 * @throws Error saying what is wrong with its header
 */
export function openGif(bytes: Uint8Array): OpenPicture {
  const frame = readFrame(bytes);
  return { width: frame.width, height: frame.height, decode: () => decode(bytes, frame) };
}

/** A frame that reaches beyond the screen enlarges it. */
function readFrame(bytes: Uint8Array): GifFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let palette: Uint8Array | undefined;
  let at = headerBytes;
  const readPalette = (flags: number): void => {
    if ((flags & 0x80) === 0) return;
    const length = 3 * 2 ** ((flags & 7) + 1);
    if (at + length > bytes.length) throw new Error('it ends within a palette');
    palette = bytes.subarray(at, at + length);
    at += length;
  };
  readPalette(view.getUint8(10));
  let background = 0;
  for (;;) {
    const block = bytes[at];
    if (block === undefined || block === 0x3b) throw new Error('it holds no picture');
    at += 1;
    if (block === 0x21) {
      const isGraphicControl = bytes[at] === 0xf9 && (bytes[at + 1] ?? 0) >= 4;
      // Where the frame has a transparent colour, that is what it does not cover.
      if (isGraphicControl && ((bytes[at + 2] ?? 0) & 1) === 1) background = bytes[at + 5] ?? 0;
      at = skipBlocks(bytes, at + 1);
    } else if (block === 0x2c) {
      const [left, top, frameWidth, frameHeight] = [0, 2, 4, 6].map((offset) =>
        view.getUint16(at + offset, true),
      ) as [number, number, number, number];
      const flags = view.getUint8(at + 8);
      at += 9;
      readPalette(flags);
      const width = Math.max(view.getUint16(6, true), left + frameWidth);
      const height = Math.max(view.getUint16(8, true), top + frameHeight);
      if (frameWidth === 0 || frameHeight === 0) throw new Error('its frame is empty');
      const isInterlaced = (flags & 0x40) !== 0;
      return {
        width,
        height,
        left,
        top,
        frameWidth,
        frameHeight,
        isInterlaced,
        palette,
        background,
        codesAt: at,
      };
    }
  }
}

/** Past the data blocks that begin here, and the empty one that ends them. */
function skipBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let length = bytes[at]; length !== undefined && length > 0; length = bytes[at]) at += 1 + length;
  return at + 1;
}

function decode(bytes: Uint8Array, frame: GifFrame): RgbImage {
  const { width, height, left, top, frameWidth, frameHeight } = frame;
  const indices = decompress(bytes, frame);
  const colors = toColors(frame.palette);
  const data = new Uint8Array(width * height * 3);
  const isWhole = frameWidth === width && frameHeight === height;
  if (!isWhole) fill(data, colors.subarray(frame.background * 3, frame.background * 3 + 3));
  const rows = frame.isInterlaced ? interlacedRows(frameHeight) : undefined;
  for (let row = 0; row < frameHeight; row += 1) {
    let at = ((top + (rows?.[row] ?? row)) * width + left) * 3;
    for (let pixel = row * frameWidth; pixel < (row + 1) * frameWidth; pixel += 1, at += 3) {
      const from = indices[pixel]! * 3;
      data[at] = colors[from]!;
      data[at + 1] = colors[from + 1]!;
      data[at + 2] = colors[from + 2]!;
    }
  }
  return { width, height, data };
}

/** One colour everywhere. A screen may be millions of times what the file holds, so it is written in large pieces. */
function fill(data: Uint8Array, color: Uint8Array): void {
  data.set(color);
  for (let filled = 3; filled < data.length; filled *= 2) data.copyWithin(filled, 0, filled);
}

/** RGB of 256 colours: greys without a palette, and black for what a palette leaves out. */
function toColors(palette: Uint8Array | undefined): Uint8Array {
  if (palette === undefined) return Uint8Array.from({ length: 256 * 3 }, (_, at) => Math.trunc(at / 3));
  const colors = new Uint8Array(256 * 3);
  colors.set(palette);
  return colors;
}

/** Rows in the order in which an interlaced frame has them. */
function interlacedRows(height: number): number[] {
  const passes = [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const;
  return passes.flatMap(([first, step]) =>
    Array.from({ length: Math.max(0, Math.ceil((height - first) / step)) }, (_, row) => first + row * step),
  );
}

/** LZW with codes of growing width, low bits first, in blocks of at most 255 bytes. */
function decompress(bytes: Uint8Array, frame: GifFrame): Uint8Array {
  const literalBits = bytes[frame.codesAt] ?? 0;
  if (literalBits < 1 || literalBits > 11) throw new Error(`its codes begin with ${literalBits} bits`);
  const clear = 2 ** literalBits;
  const endOfCodes = clear + 1;
  // Each code is the code before it and one more index; following it back gives its indices from the last one.
  const prefixes = new Uint16Array(maxCodes);
  const suffixes = new Uint8Array(maxCodes);
  const lengths = new Uint16Array(maxCodes);
  for (let code = 0; code < clear; code += 1) {
    suffixes[code] = code;
    lengths[code] = 1;
  }
  const output = new Uint8Array(frame.frameWidth * frame.frameHeight);
  let filled = 0;
  let nextCode = clear + 2;
  let codeBits = literalBits + 1;
  let previous = -1;
  let bits = 0;
  let bitCount = 0;
  let at = frame.codesAt + 1;
  let blockEnd = at;
  while (filled < output.length) {
    while (bitCount < codeBits) {
      if (at === blockEnd) {
        const length = bytes[at];
        if (length === undefined || length === 0) throw new Error('it ends before its last pixel');
        at += 1;
        blockEnd = at + length;
      }
      const byte = bytes[at];
      if (byte === undefined) throw new Error('it ends before its last pixel');
      bits |= byte << bitCount;
      bitCount += 8;
      at += 1;
    }
    const code = bits & (2 ** codeBits - 1);
    bits >>>= codeBits;
    bitCount -= codeBits;
    if (code === clear) {
      nextCode = clear + 2;
      codeBits = literalBits + 1;
      previous = -1;
      continue;
    }
    if (code === endOfCodes) throw new Error('it ends before its last pixel');
    const isNew = code === nextCode && previous !== -1;
    if (code > nextCode || (code === nextCode && !isNew) || (previous === -1 && code >= clear)) {
      throw new Error('it holds a code that was not defined');
    }
    // A code that is just being defined is the previous one and its own first index.
    const known = isNew ? previous : code;
    const length = lengths[known]!;
    let first = known;
    for (let back = length - 1; back >= 0; back -= 1) {
      if (filled + back < output.length) output[filled + back] = suffixes[first]!;
      if (back > 0) first = prefixes[first]!;
    }
    const firstIndex = suffixes[first]!;
    filled += length;
    if (isNew) {
      if (filled < output.length) output[filled] = firstIndex;
      filled += 1;
    }
    if (previous !== -1 && nextCode < maxCodes) {
      prefixes[nextCode] = previous;
      suffixes[nextCode] = firstIndex;
      lengths[nextCode] = lengths[previous]! + 1;
      nextCode += 1;
      if (nextCode === 2 ** codeBits && codeBits < 12) codeBits += 1;
    }
    previous = code;
  }
  return output;
}
