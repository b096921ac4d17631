import type { RgbImage } from '../../src/vision/rgb-image.ts';

export type Pattern = 'noise' | 'waves' | 'edges';

/** The same pictures as test/golden/vision/make.py makes: 32-bit integer arithmetic only. */
export function syntheticPicture(width: number, height: number, pattern: Pattern): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        data[at] = valueAt(x, y, channel, pattern);
        at += 1;
      }
    }
  }
  return { width, height, data };
}

function valueAt(x: number, y: number, channel: number, pattern: Pattern): number {
  if (pattern === 'noise') {
    let hash = Math.imul(x, 73856093) ^ Math.imul(y, 19349663) ^ Math.imul(channel, 83492791);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0x5bd1e995);
    hash ^= hash >>> 15;
    return hash & 255;
  }
  if (pattern === 'waves') return ((x * x * 3 + y * y * 5 + x * y + channel * 640) >>> 4) & 255;
  return (((x >> 2) + (y >> 2) + channel) & 1) * 255;
}
