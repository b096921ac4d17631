import { describe, expect, it } from 'vitest';
import { firstPageAlone, readTiffTags } from '../../../src/vision/read-tiff-tags.ts';

/** A directory of one entry, the picture's width, at byte 8, and another page's said to be at byte 26. */
function twoPages(isLittleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(26);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  bytes.write(isLittleEndian ? 'II*\0' : 'MM\0*', 'latin1');
  view.setUint32(4, 8, isLittleEndian);
  view.setUint16(8, 1, isLittleEndian);
  view.setUint16(10, 256, isLittleEndian);
  view.setUint16(12, 3, isLittleEndian);
  view.setUint32(14, 1, isLittleEndian);
  view.setUint16(18, 77, isLittleEndian);
  view.setUint32(22, 26, isLittleEndian);
  return bytes;
}

describe.each([true, false])('a TIFF, its low byte first: %s', (isLittleEndian) => {
  it('is told from the pages after the first, which stay in the bytes that were given', () => {
    const bytes = twoPages(isLittleEndian);
    const before = Uint8Array.from(bytes);
    const alone = firstPageAlone(bytes);
    expect(readTiffTags(alone)).toEqual(new Map([[256, 77]]));
    expect(alone.subarray(22)).toEqual(new Uint8Array(4));
    expect(alone.subarray(0, 22)).toEqual(before.subarray(0, 22));
    expect(Uint8Array.from(bytes)).toEqual(before);
  });

  it('may end anywhere', () => {
    const bytes = twoPages(isLittleEndian);
    for (let length = 2; length < bytes.length; length += 1) {
      expect(Buffer.from(firstPageAlone(bytes.subarray(0, length)))).toEqual(bytes.subarray(0, length));
    }
  });
});

it('has no tags but those of the pixels, whatever stands between', () => {
  const bytes = Buffer.alloc(62);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(4, 8);
  for (const [index, tag] of [256, 270, 274, 60_000].entries()) {
    bytes.writeUInt16LE(tag, 10 + 12 * index);
    bytes.writeUInt16LE(3, 12 + 12 * index);
    bytes.writeUInt32LE(1, 14 + 12 * index);
    bytes.writeUInt16LE(index + 1, 18 + 12 * index);
  }
  bytes.writeUInt32LE(1, 58);
  const alone = firstPageAlone(bytes);
  expect(readTiffTags(alone)).toEqual(
    new Map([
      [256, 1],
      [274, 3],
    ]),
  );
  expect(Buffer.from(alone).readUInt32LE(34)).toBe(0);
});
