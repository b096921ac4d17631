const chunkFrameBytes = 12;
/** `tRNS`, `eXIf` and `IEND` as numbers. */
const transparency = 0x74524e53;
const exif = 0x65584966;
const end = 0x49454e44;

/** What a JPEG could hold: larger EXIF is made to be slow. */
export const maxExifBytes = 2 ** 16;

/**
 * The same picture without notes, profiles and the other chunks that change no pixel: what is compressed in them may be a
 * thousand times as large, hundreds of times in a file, and libpng keeps it all. A chunk that is cut off stays.
 */
export function stripPng(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let stripped: Uint8Array | undefined;
  let filled = 0;
  let from = 0;
  const take = (to: number): void => {
    stripped ??= new Uint8Array(bytes.length);
    stripped.set(bytes.subarray(from, to), filled);
    filled += to - from;
  };
  for (let at = 8, next = at; at + chunkFrameBytes <= bytes.length; at = next) {
    const length = view.getUint32(at);
    const name = view.getUint32(at + 4);
    next = at + chunkFrameBytes + length;
    if (next > bytes.length || name === end) break;
    // The first letter is small in names of chunks that a decoder may leave out.
    const isNeeded = (name & 0x20000000) === 0 || name === transparency;
    if (isNeeded || (name === exif && length <= maxExifBytes)) continue;
    take(at);
    from = next;
  }
  if (stripped === undefined) return bytes;
  take(bytes.length);
  return stripped.subarray(0, filled);
}
