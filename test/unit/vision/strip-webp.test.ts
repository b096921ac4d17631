import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/vision/index.ts';
import { maxExifBytes } from '../../../src/vision/strip-png.ts';
import { stripWebp } from '../../../src/vision/strip-webp.ts';

const plain = readFileSync(new URL('../../golden/vision/pictures/lossless.webp', import.meta.url));

function chunk(name: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

function riff(...chunks: readonly Uint8Array[]): Buffer {
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

/** Flags, and the size of the canvas. */
function extended(
  flags: number,
  { width, height }: { readonly width: number; readonly height: number },
): Buffer {
  const data = Buffer.alloc(10);
  data[0] = flags;
  data.writeUIntLE(width - 1, 4, 3);
  data.writeUIntLE(height - 1, 7, 3);
  return chunk('VP8X', data);
}

function frame({ width, height }: { readonly width: number; readonly height: number }): Buffer {
  const head = Buffer.alloc(16);
  head.writeUIntLE(width - 1, 6, 3);
  head.writeUIntLE(height - 1, 9, 3);
  return chunk('ANMF', Buffer.concat([head, pixels]));
}

const pixels = plain.subarray(plain.indexOf('VP8L'));
const size = await decodeImage(plain);

describe('a WebP without what changes no pixel', () => {
  it('is itself where there is nothing to leave out', () => {
    expect(stripWebp(plain)).toBe(plain);
  });

  it('loses notes, profile and unknown chunks, and says so in its flags', async () => {
    const noted = riff(
      extended(0x2c, size),
      chunk('ICCP', Buffer.alloc(7)),
      pixels,
      chunk('EXIF', Buffer.from('II*\0')),
      chunk('XMP ', Buffer.alloc(2 ** 20, 0x20)),
      chunk('abcd', Buffer.alloc(3)),
    );
    const bare = riff(extended(0x08, size), pixels, chunk('EXIF', Buffer.from('II*\0')));
    expect(Buffer.from(stripWebp(noted)).equals(bare)).toBe(true);
    const large = riff(extended(0x08, size), pixels, chunk('EXIF', Buffer.alloc(maxExifBytes + 1)));
    expect(Buffer.from(stripWebp(large)).equals(riff(extended(0, size), pixels))).toBe(true);
    expect(await decodeImage(noted)).toEqual(size);
  });

  it('has its first frame alone', async () => {
    const animation = chunk('ANIM', Buffer.alloc(6));
    const frames = Array.from({ length: 3000 }, () => frame(size));
    const many = riff(extended(0x02, size), animation, ...frames);
    expect(Buffer.from(stripWebp(many)).equals(riff(extended(0x02, size), animation, frame(size)))).toBe(
      true,
    );
    expect(await decodeImage(many)).toEqual(size);
  });

  it('may end anywhere', () => {
    const noted = riff(extended(0x04, size), pixels, chunk('XMP ', Buffer.alloc(9)));
    for (let length = 12; length < noted.length; length += 1) {
      expect(stripWebp(noted.subarray(0, length)).length).toBeLessThanOrEqual(length);
    }
  });
});
