import type { OpenPicture, RgbImage } from './rgb-image.ts';

/** Where the red, green and blue of a pixel lie in its 16, 24 or 32 bits. */
type Masks = readonly [red: number, green: number, blue: number];

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression: number;
  readonly isTopDown: boolean;
  readonly masks: Masks;
  /** Bytes of one palette entry, its number of entries, and where it begins. */
  readonly palette: { readonly entryBytes: number; readonly colors: number; readonly at: number };
  readonly pixelsAt: number;
}

const compressions = { none: 0, rle8: 1, rle4: 2, bitfields: 3 } as const;
const fileHeaderBytes = 14;
const os2HeaderBytes = 12;
const infoHeaderBytes = new Set([40, 52, 56, 64, 108, 124]);
const bitDepths = new Set([1, 4, 8, 16, 24, 32]);

/**
 * A BMP: 1, 4, 8 (also run-length encoded), 16, 24 and 32 bits a pixel. Alpha is dropped.
 *
 * @throws Error saying what is wrong with the header or not supported
 */
export function openBmp(bytes: Uint8Array): OpenPicture {
  const header = readHeader(bytes);
  return { width: header.width, height: header.height, decode: () => decode(bytes, header) };
}

function readHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(fileHeaderBytes, true);
  const isOs2 = headerBytes === os2HeaderBytes;
  if (!isOs2 && !infoHeaderBytes.has(headerBytes)) {
    throw new Error(`its header of ${headerBytes} bytes is not supported`);
  }
  const width = isOs2 ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOs2 ? 24 : 28, true);
  const compression = isOs2 ? compressions.none : view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1) throw new Error(`it states a size of ${width}x${signedHeight}`);
  if (!bitDepths.has(bits)) throw new Error(`${bits} bits a pixel are not supported`);
  checkCompression(compression, bits);

  // The masks lie after the shortest header, inside the longer ones: at the same place.
  const hasMasks = compression === compressions.bitfields;
  const masks = hasMasks ? readMasks(view, bits) : bits === 16 ? fiveBits : eightBits;
  const colors = (isOs2 ? 0 : view.getUint32(46, true)) || 2 ** Math.min(bits, 8);
  const entryBytes = isOs2 ? 3 : 4;
  const paletteAt = fileHeaderBytes + headerBytes;
  if (bits <= 8 && (colors > 65_536 || paletteAt + colors * entryBytes > bytes.length)) {
    throw new Error(`a palette of ${colors} colours does not fit`);
  }
  // Some writers leave the palette out of the offset.
  const statedAt = view.getUint32(10, true);
  const pixelsAt = statedAt === paletteAt && bits <= 8 ? paletteAt + colors * entryBytes : statedAt;
  return {
    width,
    height,
    bits,
    compression,
    isTopDown: signedHeight < 0,
    masks,
    palette: { entryBytes, colors, at: paletteAt },
    pixelsAt,
  };
}

function checkCompression(compression: number, bits: number): void {
  const fits =
    compression === compressions.none ||
    (compression === compressions.rle8 && bits === 8) ||
    (compression === compressions.rle4 && bits === 4) ||
    (compression === compressions.bitfields && bits >= 16);
  if (!fits) throw new Error(`compression ${compression} with ${bits} bits a pixel is not supported`);
}

const eightBits: Masks = [0xff0000, 0xff00, 0xff];
const fiveBits: Masks = [0x7c00, 0x3e0, 0x1f];
/** Without masks all 32 bits are taken as blue, green, red, and one that is not used. */
const supportedMasks: Readonly<Record<number, readonly Masks[]>> = {
  16: [[0xf800, 0x7e0, 0x1f], fiveBits],
  24: [eightBits],
  32: [
    eightBits,
    [0xff000000, 0xff0000, 0xff00],
    [0xff000000, 0xff00, 0xff],
    [0xff, 0xff00, 0xff0000],
    [0, 0, 0],
  ],
};

function readMasks(view: DataView, bits: number): Masks {
  const masks: Masks = [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
  if (supportedMasks[bits]?.some((supported) => supported.join() === masks.join()) !== true) {
    throw new Error(
      `the colour masks ${masks.map((mask) => `0x${mask.toString(16)}`).join(', ')} are not supported`,
    );
  }
  return masks.every((mask) => mask === 0) ? eightBits : masks;
}

function decode(bytes: Uint8Array, header: BmpHeader): RgbImage {
  const { width, height, compression, bits } = header;
  if (bits > 8) return { width, height, data: directColors(bytes, header) };
  const isPacked = compression === compressions.rle8 || compression === compressions.rle4;
  const indices = isPacked ? runLengths(bytes, header) : packedIndices(bytes, header);
  const palette = readPalette(bytes, header);
  const data = new Uint8Array(width * height * 3);
  for (let pixel = 0, at = 0; pixel < indices.length; pixel += 1, at += 3) {
    const from = indices[pixel]! * 3;
    data[at] = palette[from]!;
    data[at + 1] = palette[from + 1]!;
    data[at + 2] = palette[from + 2]!;
  }
  return { width, height, data };
}

/**
 * RGB of 256 colours, black for what the file's palette leaves out; where every colour is the grey of its own number, the
 * others are so too.
 */
function readPalette(bytes: Uint8Array, { palette: { entryBytes, colors, at } }: BmpHeader): Uint8Array {
  const isGreys = Array.from({ length: colors }, (_, color) => at + color * entryBytes).every((from, color) =>
    [0, 1, 2].every((channel) => bytes[from + channel] === color),
  );
  if (isGreys) return Uint8Array.from({ length: 256 * 3 }, (_, value) => Math.trunc(value / 3));
  const palette = new Uint8Array(256 * 3);
  for (let color = 0; color < Math.min(colors, 256); color += 1) {
    const from = at + color * entryBytes;
    palette.set([bytes[from + 2]!, bytes[from + 1]!, bytes[from]!], color * 3);
  }
  return palette;
}

/** Where a row of the picture, counted from the top, begins in the file. Rows are padded to four bytes. */
function rowsOf(bytes: Uint8Array, header: BmpHeader): (row: number) => number {
  const stride = Math.ceil((header.width * header.bits) / 32) * 4;
  if (header.pixelsAt + stride * header.height > bytes.length) throw new Error('it ends before its last row');
  return (row) => header.pixelsAt + stride * (header.isTopDown ? row : header.height - 1 - row);
}

function packedIndices(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits } = header;
  const rowAt = rowsOf(bytes, header);
  const indices = new Uint8Array(width * height);
  const mask = 2 ** bits - 1;
  for (let y = 0; y < height; y += 1) {
    const from = rowAt(y);
    for (let x = 0; x < width; x += 1) {
      const bit = x * bits;
      indices[y * width + x] = (bytes[from + (bit >> 3)]! >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return indices;
}

function directColors(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, bits, masks } = header;
  const rowAt = rowsOf(bytes, header);
  const data = new Uint8Array(width * height * 3);
  const shifts = masks.map((mask) => Math.clz32(mask & -mask) ^ 31);
  const largest = masks.map((mask, index) => mask >>> shifts[index]!);
  const pixelBytes = bits / 8;
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    let from = rowAt(y);
    for (let x = 0; x < width; x += 1, from += pixelBytes) {
      let pixel = 0;
      for (let byte = 0; byte < pixelBytes; byte += 1) pixel |= bytes[from + byte]! << (8 * byte);
      for (let channel = 0; channel < 3; channel += 1) {
        const most = largest[channel]!;
        data[at] = Math.trunc((((pixel >>> shifts[channel]!) & most) * 255) / most);
        at += 1;
      }
    }
  }
  return data;
}

/** Runs, and pixels between them, from the bottom row upwards. What they leave out has colour 0. */
function runLengths(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, height, compression } = header;
  const isFourBits = compression === compressions.rle4;
  const indices = new Uint8Array(width * height);
  const put = (position: number, index: number): void => {
    const row = Math.trunc(position / width);
    if (row >= height) return;
    indices[(header.isTopDown ? row : height - 1 - row) * width + (position % width)] = index;
  };
  const nibble = (byte: number, index: number): number =>
    isFourBits ? (index % 2 === 0 ? byte >> 4 : byte & 15) : byte;
  const end = width * height;
  let from = header.pixelsAt;
  let position = 0;
  while (position < end) {
    const count = bytes[from];
    const value = bytes[from + 1];
    if (count === undefined || value === undefined) throw new Error('it ends before its last row');
    from += 2;
    const column = position % width;
    if (count > 0) {
      // A run never goes on in the next row.
      const fits = Math.min(count, width - column);
      for (let index = 0; index < fits; index += 1) put(position + index, nibble(value, index));
      position += fits;
    } else if (value === 0) {
      // End of the row; at a row's end already it is that row's end.
      if (column !== 0) position += width - column;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      position += (bytes[from] ?? 0) + (bytes[from + 1] ?? 0) * width;
      from += 2;
    } else {
      const literal = isFourBits ? Math.ceil(value / 2) : value;
      if (from + literal > bytes.length) throw new Error('it ends before its last row');
      for (let index = 0; index < value; index += 1) {
        put(position + index, nibble(bytes[from + (isFourBits ? index >> 1 : index)]!, index));
      }
      position += value;
      from += literal + (literal % 2);
    }
  }
  return indices;
}
