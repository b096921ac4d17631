import { maxExifBytes } from './strip-png.ts';

const headerBytes = 12;
const nameOf = (text: string): number => Buffer.from(text, 'latin1').readUInt32BE();
const exif = nameOf('EXIF');
const frame = nameOf('ANMF');
const extended = nameOf('VP8X');
const needed: ReadonlySet<number> = new Set(
  ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'EXIF'].map(nameOf),
);
/** Bits of the flags of `VP8X` for what is left out: a colour profile, XMP, EXIF. */
const flags = { profile: 0x20, exif: 0x08, xmp: 0x04 } as const;

/**
 * The same WebP with its first frame alone, without notes and profile: libvips looks every frame up in a list from its start,
 * minutes for tens of thousands, and gives XMP as a text to the thread that decodes. What is cut off stays so.
 */
export function stripWebp(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const statedBytes = view.getUint32(4, true);
  const length = Math.min(bytes.length, 8 + statedBytes);
  let stripped: Uint8Array | undefined;
  let filled = 0;
  let from = 0;
  let frames = 0;
  let cleared: number = flags.profile | flags.xmp;
  const take = (to: number): void => {
    stripped ??= new Uint8Array(bytes.length);
    stripped.set(bytes.subarray(from, to), filled);
    filled += to - from;
  };
  for (let at = headerBytes, next = at; at + 8 <= length; at = next) {
    const name = view.getUint32(at);
    const size = view.getUint32(at + 4, true);
    next = at + 8 + size + (size % 2);
    if (next > length) break;
    if (name === frame) frames += 1;
    const isLargeExif = name === exif && size > maxExifBytes;
    if (isLargeExif) cleared |= flags.exif;
    if (needed.has(name) && !isLargeExif && (name !== frame || frames === 1)) continue;
    take(at);
    from = next;
  }
  if (stripped === undefined) return bytes;
  take(bytes.length);
  const result = stripped.subarray(0, filled);
  const head = new DataView(result.buffer, result.byteOffset, result.byteLength);
  head.setUint32(4, statedBytes - (bytes.length - filled), true);
  if (filled > headerBytes + 8 && head.getUint32(headerBytes) === extended) {
    result[headerBytes + 8] = result[headerBytes + 8]! & ~cleared;
  }
  return result;
}
