/** Tags of a TIFF's first page whose value is one number, by their number; empty when the file is damaged. */
export function readTiffTags(bytes: Uint8Array): ReadonlyMap<number, number> {
  const tags = new Map<number, number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittleEndian = bytes[0] === 0x49;
  try {
    const at = view.getUint32(4, isLittleEndian);
    const count = view.getUint16(at, isLittleEndian);
    for (let entry = at + 2; entry < at + 2 + count * entryBytes; entry += entryBytes) {
      const type = view.getUint16(entry + 2, isLittleEndian);
      if (view.getUint32(entry + 4, isLittleEndian) !== 1) continue;
      const tag = view.getUint16(entry, isLittleEndian);
      if (type === types.short) tags.set(tag, view.getUint16(entry + 8, isLittleEndian));
      if (type === types.long) tags.set(tag, view.getUint32(entry + 8, isLittleEndian));
    }
  } catch {
    // It points outside: the decoder has its own words for that.
  }
  return tags;
}

/**
 * The same TIFF as if it had no second page. libvips reads the tags of every page before it reads the first: a file may
 * have hundreds of thousands.
 */
export function firstPageAlone(bytes: Uint8Array): Uint8Array {
  const isLittleEndian = bytes[0] === 0x49;
  const alone = new Uint8Array(bytes);
  const view = new DataView(alone.buffer, alone.byteOffset, alone.byteLength);
  try {
    const at = view.getUint32(4, isLittleEndian);
    const count = view.getUint16(at, isLittleEndian);
    view.setUint32(at + 2 + count * entryBytes, 0);
  } catch {
    // As above.
  }
  return alone;
}

const entryBytes = 12;
const types = { short: 3, long: 4 } as const;
