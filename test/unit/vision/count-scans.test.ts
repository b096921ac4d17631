import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countScans } from '../../../src/vision/count-scans.ts';
import { decodeImage } from '../../../src/vision/index.ts';

const pictures = new URL('../../golden/vision/pictures/', import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, pictures));

/** The last scan again and again. */
function withScans(jpeg: Buffer, times: number): Buffer {
  const last = jpeg.subarray(jpeg.lastIndexOf('ffda', undefined, 'hex'), jpeg.length - 2);
  return Buffer.concat([
    jpeg.subarray(0, jpeg.length - 2),
    ...Array.from({ length: times }, () => last),
    jpeg.subarray(jpeg.length - 2),
  ]);
}

describe('scans of a JPEG', () => {
  it('are counted, and no further than needed', () => {
    expect(countScans(read('baseline-420.jpg'), 100)).toBe(1);
    const progressive = read('progressive.jpg');
    const scans = countScans(progressive, 100);
    expect(scans).toBeGreaterThan(1);
    expect(countScans(withScans(progressive, 7), 100)).toBe(scans + 7);
    expect(countScans(withScans(progressive, 7), 3)).toBe(4);
  });

  it('are not what a note only looks like, nor what comes after the end', () => {
    const jpeg = read('baseline-420.jpg');
    const note = Buffer.from('fffe0008ffda0008ffda', 'hex');
    expect(countScans(Buffer.concat([jpeg.subarray(0, 2), note, jpeg.subarray(2), note, jpeg]), 100)).toBe(1);
  });

  it('may end anywhere', () => {
    const jpeg = withScans(read('progressive.jpg'), 2);
    for (let length = 2; length < jpeg.length; length += 7) {
      expect(countScans(jpeg.subarray(0, length), 100)).toBeLessThan(100);
    }
  });

  it('are limited, because each may go over the whole picture', async () => {
    await expect(decodeImage(withScans(read('progressive.jpg'), 200))).rejects.toThrow(
      'the JPEG cannot be read: it has more than 100 scans',
    );
  });
});
