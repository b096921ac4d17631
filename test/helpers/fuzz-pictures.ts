import sharp from 'sharp';
import type { Dice } from './fuzz-twin.ts';
import { syntheticPicture } from './synthetic-picture.ts';

/** Pictures of every accepted format to begin with, small so that many can be tried, and what is none. */
export async function seedPictures(): Promise<Buffer[]> {
  const picture = (width: number, height: number): ReturnType<typeof sharp> =>
    sharp(syntheticPicture(width, height, 'waves').data, { raw: { width, height, channels: 3 } });
  return Promise.all([
    picture(40, 30).jpeg().toBuffer(),
    picture(33, 17).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    picture(20, 20).greyscale().jpeg().toBuffer(),
    picture(16, 24).toColourspace('cmyk').jpeg().toBuffer(),
    picture(24, 16)
      .withExif({ IFD0: { Orientation: '6', Copyright: 'x' } })
      .jpeg()
      .toBuffer(),
    picture(24, 24).png().toBuffer(),
    picture(24, 24).png({ palette: true, progressive: true }).toBuffer(),
    picture(15, 9).ensureAlpha(0.5).toColourspace('rgb16').png().toBuffer(),
    picture(30, 20).webp().toBuffer(),
    picture(30, 20).webp({ lossless: true }).toBuffer(),
    picture(30, 20).gif().toBuffer(),
    picture(20, 20).tiff({ compression: 'lzw' }).toBuffer(),
    picture(20, 20).tiff({ compression: 'jpeg', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    picture(1, 1).png().toBuffer(),
    Promise.resolve(windowsBitmap(9, 7)),
    Promise.resolve(
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    ),
    Promise.resolve(Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n')),
    Promise.resolve(Buffer.from('P6 4 4 255\n'.padEnd(59, 'x'))),
    Promise.resolve(Buffer.alloc(64)),
  ]);
}

function windowsBitmap(width: number, height: number): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bitmap = Buffer.alloc(54 + stride * height, 0x5a);
  bitmap.write('BM', 0, 'latin1');
  bitmap.writeUInt32LE(bitmap.length, 2);
  bitmap.fill(0, 6, 54);
  bitmap.writeUInt32LE(54, 10);
  bitmap.writeUInt32LE(40, 14);
  bitmap.writeInt32LE(width, 18);
  bitmap.writeInt32LE(height, 22);
  bitmap.writeUInt16LE(1, 26);
  bitmap.writeUInt16LE(24, 28);
  return bitmap;
}

/** One to four mutations: bytes, lengths, sizes, cuts, joins. */
export function mutatePicture(dice: Dice, seeds: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(dice.pick(seeds));
  for (let round = 1 + dice.below(4); round > 0 && bytes.length > 0; round -= 1) {
    const at = dice.below(bytes.length);
    switch (dice.below(9)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
        break;
      case 1:
        bytes[at] = dice.pick([0, 0xff, 0x7f, 0x80, dice.below(256)]);
        break;
      case 2:
        // Lengths and sizes stand near the beginning.
        writeNumber(bytes, dice.below(Math.min(64, bytes.length)), dice);
        break;
      case 3:
        writeNumber(bytes, at, dice);
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(dice.below(bytes.length))]);
        break;
      case 6: {
        const other = dice.pick(seeds);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(dice.below(other.length))]);
        break;
      }
      case 7:
        bytes.fill(dice.below(256), at, Math.min(bytes.length, at + 1 + dice.below(32)));
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(dice.below(200), dice.below(256)),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}

function writeNumber(bytes: Buffer, at: number, dice: Dice): void {
  const value = dice.pick([0, 1, 2, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]);
  const isLong = dice.chance(0.5) && at + 4 <= bytes.length;
  if (isLong && dice.chance(0.5)) bytes.writeUInt32BE(value, at);
  else if (isLong) bytes.writeUInt32LE(value, at);
  else if (at + 2 <= bytes.length) bytes.writeUInt16BE(value % 65_536, at);
}
