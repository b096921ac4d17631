import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/vision/index.ts';
import { maxExifBytes, stripPng } from '../../../src/vision/strip-png.ts';

const plain = readFileSync(new URL('../../golden/vision/pictures/rgb.png', import.meta.url));

function chunk(name: string, data: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length);
  frame.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([frame.subarray(0, 4), content, frame.subarray(4)]);
}

/** After the header, which is always the first chunk. */
function withChunks(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([plain.subarray(0, 33), ...chunks, plain.subarray(33)]);
}

const note = (bytes: number): Buffer =>
  chunk('zTXt', Buffer.concat([Buffer.from('note\0\0'), deflateSync(Buffer.alloc(bytes, 0x20))]));

describe('a PNG without what changes no pixel', () => {
  it('is itself where there is nothing to leave out', () => {
    const bare = stripPng(plain);
    expect(stripPng(bare)).toBe(bare);
  });

  it('loses notes, profiles and unknown chunks, wherever they are', () => {
    const bare = Buffer.from(stripPng(plain));
    for (const name of ['tEXt', 'zTXt', 'iTXt', 'iCCP', 'sPLT', 'pHYs', 'acTL', 'abCd']) {
      const noted = withChunks(chunk(name, Buffer.alloc(50, 1)), chunk(name, Buffer.alloc(0)));
      expect([name, Buffer.from(stripPng(noted)).equals(bare)]).toEqual([name, true]);
    }
  });

  it('keeps transparency, what a decoder has to know, and the orientation', async () => {
    const kept = withChunks(chunk('tRNS', Buffer.alloc(6)), chunk('ABCD', Buffer.alloc(3)));
    expect(Buffer.from(stripPng(kept)).includes('tRNS')).toBe(true);
    expect(Buffer.from(stripPng(kept)).includes('ABCD')).toBe(true);
    // One directory of one entry: the orientation, which is 6.
    const turned = withChunks(
      chunk('eXIf', Buffer.from('49492a000800000001001201030001000000060000000000', 'hex')),
    );
    const { width, height } = await decodeImage(plain);
    expect(await decodeImage(turned)).toMatchObject({ width: height, height: width });
    const large = withChunks(chunk('eXIf', Buffer.alloc(maxExifBytes + 1)));
    expect(Buffer.from(stripPng(large)).includes('eXIf')).toBe(false);
  });

  it('may end anywhere', () => {
    const noted = withChunks(note(100));
    for (let length = 8; length < noted.length; length += 1) {
      expect(stripPng(noted.subarray(0, length)).length).toBeLessThanOrEqual(length);
    }
  });

  it('is decoded, where the notes alone would take gigabytes', async () => {
    const large = note(7_900_000);
    const bomb = withChunks(...Array.from({ length: 300 }, () => large));
    expect(await decodeImage(bomb)).toEqual(await decodeImage(plain));
  });
});
