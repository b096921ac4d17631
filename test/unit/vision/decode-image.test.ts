import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, encodeImage } from '../../../src/vision/index.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';

const pictures = new URL('../../golden/vision/pictures/', import.meta.url);

function read(name: string): Buffer {
  return readFileSync(new URL(name, pictures));
}

function invalid(message: string): unknown {
  return expect.objectContaining({
    code: 'IMAGE_INVALID',
    message: expect.stringContaining(message) as string,
  });
}

/** A PNG whose header claims a size that its data never fills. */
function lyingPng(width: number, height: number): Buffer {
  const png = Buffer.from(read('rgb.png'));
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

describe('decodeImage', () => {
  it('says the same of a damaged picture each time, whatever else is decoded', async () => {
    const whole = ['rgb.png', 'baseline-444.jpg'].map((name) => read(name));
    const damaged = whole.map((bytes) => bytes.subarray(0, bytes.length * 0.6));
    const all = Array.from({ length: 24 }, (_, index) => damaged[index % damaged.length] ?? Buffer.alloc(0));
    const outcomes = await Promise.allSettled(all.map((bytes) => decodeImage(bytes)));
    const texts = outcomes.map((one) =>
      one.status === 'rejected' ? (one.reason as Error).message : 'decoded',
    );
    expect([...new Set(texts)]).toEqual([
      'the PNG is damaged or truncated',
      'the JPEG is damaged or truncated',
    ]);
  });

  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';
  it.each([
    ['SVG', svg, 'SVG'],
    ['SVG with a declaration', `<?xml version="1.0"?>\n<!-- drawn -->\n${svg}`, 'SVG'],
    ['SVG with a byte order mark', `\u{FEFF}${svg}`, 'SVG'],
    ['HTML', '<!DOCTYPE html><html></html>', 'HTML'],
    ['PDF', '%PDF-1.7', 'PDF'],
    ['JSON', '{"error":"not found"}', 'JSON'],
    ['Netpbm', 'P6\n1 1\n255\nabc', 'Netpbm'],
    ['a text that begins like a BMP', 'BM is what it begins with', 'unknown content'],
    ['text', 'hello, world', 'unknown content (it begins with 0x68656c6c6f2c2077)'],
  ])('refuses %s by its content', async (_, text, named) => {
    await expect(decodeImage(Buffer.from(text))).rejects.toThrow(invalid(named));
  });

  it.each([
    ['AVIF', '000000206674797061766966', 'AVIF'],
    ['HEIC', '000000206674797068656963', 'HEIC'],
    ['a video', '00000020667479706d703432', 'a video'],
    ['JPEG XL', 'ff0a1234', 'JPEG XL'],
    ['ICO', '000001000100', 'ICO'],
    ['gzip', '1f8b0800', 'gzip'],
    ['RIFF that is no WebP', Buffer.from('RIFF....WAVEfmt ').toString('hex'), 'unknown content'],
  ])('refuses %s by its first bytes', async (_, hex, named) => {
    await expect(decodeImage(Buffer.from(hex, 'hex'))).rejects.toThrow(invalid(named));
  });

  it('refuses nothing, and more bytes than allowed', async () => {
    await expect(decodeImage(new Uint8Array())).rejects.toThrow(invalid('empty'));
    await expect(decodeImage(read('rgb.png'), { maxBytes: 100 })).rejects.toThrow(invalid('at most 100'));
  });

  it.each([
    'baseline-420.jpg',
    'progressive.jpg',
    'rgb.png',
    'lossless.webp',
    'lossy.webp',
    'palette.gif',
    'plain.tiff',
  ])('refuses %s when it is cut off, and takes it whole', async (name) => {
    const bytes = read(name);
    await expect(decodeImage(bytes.subarray(0, bytes.length * 0.6))).rejects.toThrow(invalid(''));
    await expect(decodeImage(bytes.subarray(0, 30))).rejects.toThrow(invalid(''));
    await expect(decodeImage(bytes)).resolves.toMatchObject({ width: expect.any(Number) as number });
  });

  it('says at once what hides behind comments', async () => {
    const comments = '<!-- a --><!---->\n'.repeat(50);
    await expect(decodeImage(Buffer.from(`${comments}<svg/>`))).rejects.toThrow(invalid('but SVG;'));
    await expect(decodeImage(Buffer.from(comments))).rejects.toThrow(invalid('unknown content'));
  });

  it('refuses a pixel bomb by its header, before decoding', async () => {
    await expect(decodeImage(lyingPng(60_000, 60_000))).rejects.toThrow(
      invalid('the picture is 60000x60000 pixels (3600000000), at most 64000000'),
    );
    await expect(decodeImage(read('rgb.png'), { maxPixels: 31 * 25 - 1 })).rejects.toThrow(invalid('31x25'));
    await expect(decodeImage(read('rgb.png'), { maxPixels: 31 * 25 })).resolves.toBeDefined();
  });

  it('refuses a side that would take hundreds of megabytes to shorten', async () => {
    // Run lengths that end at once: a kilobyte for any size.
    const line = Buffer.alloc(14 + 40 + 1024 + 2);
    line.write('BM');
    line.writeUInt32LE(14 + 40 + 1024, 10);
    line.writeUInt32LE(40, 14);
    line.writeInt32LE(60_000_000, 18);
    line.writeInt32LE(1, 22);
    line.writeUInt16LE(1, 26);
    line.writeUInt16LE(8, 28);
    line.writeUInt32LE(1, 30);
    line.writeUInt16LE(0x100, 14 + 40 + 1024);
    await expect(decodeImage(line)).rejects.toThrow(
      invalid('the picture is 60000000x1 pixels, at most 1000000 a side are accepted'),
    );
    line.writeInt32LE(1000, 18);
    await expect(decodeImage(line)).resolves.toMatchObject({ width: 1000, height: 1 });
  });

  it('gives eight bits of RGB for sixteen bits and for CMYK', async () => {
    const raw = { width: 8, height: 4, channels: 3 as const };
    const wide = await sharp(syntheticPicture(8, 4, 'waves').data, { raw })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(wide).metadata()).depth).toBe('ushort');
    expect((await decodeImage(wide)).data).toEqual(syntheticPicture(8, 4, 'waves').data);
    const cmyk = await sharp(syntheticPicture(8, 4, 'waves').data, { raw })
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await sharp(cmyk).metadata()).channels).toBe(4);
    expect((await decodeImage(cmyk)).data).toHaveLength(8 * 4 * 3);
  });

  it('reads back what encodeImage wrote', async () => {
    const image = syntheticPicture(40, 30, 'waves');
    expect(await decodeImage(await encodeImage(image, { format: 'png' }))).toMatchObject({
      width: 40,
      height: 30,
      data: image.data,
    });
    const jpeg = await encodeImage(image, { format: 'jpeg', quality: 95 });
    expect(await decodeImage(jpeg)).toMatchObject({ width: 40, height: 30 });
    expect(await encodeImage(image, { format: 'jpeg', quality: 95 })).toEqual(jpeg);
  });
});
