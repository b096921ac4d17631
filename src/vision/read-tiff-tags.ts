/**
 * Tags of a TIFF's first page by their number, those whose value is one number or two short ones, of which the first is
 * taken; empty when the file is damaged.
 */
export function readTiffTags(bytes: Uint8Array): ReadonlyMap<number, number> {
  const tags = new Map<number, number>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittleEndian = bytes[0] === 0x49;
  try {
    const at = view.getUint32(4, isLittleEndian);
    const count = view.getUint16(at, isLittleEndian);
    for (let entry = at + 2; entry < at + 2 + count * entryBytes; entry += entryBytes) {
      const type = view.getUint16(entry + 2, isLittleEndian);
      const values = view.getUint32(entry + 4, isLittleEndian);
      const tag = view.getUint16(entry, isLittleEndian);
      if (isShort(type, values)) tags.set(tag, view.getUint16(entry + 8, isLittleEndian));
      if (type === types.long && values === 1) tags.set(tag, view.getUint32(entry + 8, isLittleEndian));
    }
  } catch {
    // It points outside: the decoder has its own words for that.
  }
  return tags;
}

/**
 * The same TIFF as if it had no second page, and no tags but those that say where and how its pixels are. libvips reads the tags of
 * every page before it reads the first, and a file may have hundreds of thousands; libtiff copies the value of each tag
 * that it does not know, and the same megabytes may be the value of thousands. `changes` has other numbers for tags that are
 * there.
 */
export function firstPageAlone(
  bytes: Uint8Array,
  changes: ReadonlyMap<number, number> = new Map(),
): Uint8Array {
  const isLittleEndian = bytes[0] === 0x49;
  const alone = new Uint8Array(bytes);
  const view = new DataView(alone.buffer, alone.byteOffset, alone.byteLength);
  // Where it points outside the decoder has its own words for that.
  if (bytes.length < 8) return alone;
  const at = view.getUint32(4, isLittleEndian) + 2;
  if (at > bytes.length) return alone;
  const end = at + view.getUint16(at - 2, isLittleEndian) * entryBytes;
  if (end > bytes.length) return alone;
  let kept = at;
  for (let entry = at; entry < end; entry += entryBytes) {
    const tag = view.getUint16(entry, isLittleEndian);
    if (!pixelTags.has(tag)) continue;
    alone.copyWithin(kept, entry, entry + entryBytes);
    const change = changes.get(tag);
    const [type, values] = [
      view.getUint16(kept + 2, isLittleEndian),
      view.getUint32(kept + 4, isLittleEndian),
    ];
    if (change !== undefined && isShort(type, values)) view.setUint16(kept + 8, change, isLittleEndian);
    kept += entryBytes;
  }
  view.setUint16(at - 2, (kept - at) / entryBytes, isLittleEndian);
  if (kept + 4 <= bytes.length) view.setUint32(kept, 0);
  return alone;
}

/** What the pixels depend on, as the baseline and libtiff's codecs have it: no notes, profiles, or further directories. */
const pixelTags: ReadonlySet<number> = new Set([
  254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 284, 292, 293, 317, 320, 322,
  323, 324, 325, 338, 339, 340, 341, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532,
  32995, 32996, 32997, 32998,
]);

const entryBytes = 12;
const types = { short: 3, long: 4 } as const;

/** True for what stands in the entry itself. */
function isShort(type: number, values: number): boolean {
  return type === types.short && (values === 1 || values === 2);
}
