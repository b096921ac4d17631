import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  decodeImage,
  preprocess,
  preprocessingFromConfig,
  profilePreprocessing,
} from '../../../src/vision/index.ts';
import type { ProfileName } from '../../../src/vision/index.ts';
import { resizeRgb } from '../../../src/vision/resize.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';
import type { Pattern } from '../../helpers/synthetic-picture.ts';

interface Golden {
  readonly resize: readonly {
    readonly input: readonly [number, number, Pattern];
    readonly output: readonly [number, number];
    readonly resample: 'bilinear' | 'bicubic';
    readonly sha256: string;
  }[];
  readonly randomResize: readonly (Golden['resize'][number] & {
    readonly window: readonly [number, number, number, number];
  })[];
  readonly processors: readonly {
    readonly config: Readonly<Record<string, unknown>>;
    readonly input: readonly [number, number, Pattern];
    readonly sha256: string;
  }[];
  readonly profiles: readonly {
    readonly input: readonly [number, number, Pattern];
    readonly profile: ProfileName;
    readonly sha256: string;
  }[];
  readonly decode: readonly {
    readonly file: string;
    readonly size: readonly [number, number];
    readonly sha256: string;
  }[];
}

interface UnusualPicture {
  readonly name: string;
  readonly base64: string;
  /** Null where Pillow refuses the picture. */
  readonly size: readonly [number, number] | null;
  readonly sha256: string | null;
}

const folder = new URL('../../golden/vision/', import.meta.url);
const golden = JSON.parse(readFileSync(new URL('golden.json', folder), 'utf8')) as Golden;
const unusual = JSON.parse(readFileSync(new URL('unusual.json', folder), 'utf8')) as UnusualPicture[];

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

describe('resize, byte for byte as Pillow', () => {
  it.each(golden.resize)('$input to $output $resample', ({ input, output, resample, sha256: expected }) => {
    const [width, height] = output;
    const resized = resizeRgb(syntheticPicture(...input), { width, height, resample });
    expect(resized.data).toHaveLength(width * height * 3);
    expect(sha256(resized.data)).toBe(expected);
  });

  it.each(golden.randomResize)(
    'the part $window of $input to $output $resample',
    ({ input, output: [width, height], resample, window: [x, y, columns, rows], sha256: expected }) => {
      const window = { x, y, width: columns, height: rows };
      const resized = resizeRgb(syntheticPicture(...input), { width, height, resample, window });
      expect(sha256(resized.data)).toBe(expected);
    },
  );

  it('computes a window as the cut-out of the whole', () => {
    const image = syntheticPicture(150, 90, 'noise');
    const window = { x: 11, y: 5, width: 40, height: 33 };
    const whole = resizeRgb(image, { width: 64, height: 48, resample: 'bicubic' });
    const part = resizeRgb(image, { width: 64, height: 48, resample: 'bicubic', window });
    const rows = Array.from({ length: window.height }, (_, row) => {
      const start = ((window.y + row) * 64 + window.x) * 3;
      return whole.data.subarray(start, start + window.width * 3);
    });
    expect(Buffer.concat(rows).equals(part.data)).toBe(true);
  });
});

describe('profiles, bit for bit as Pillow and numpy', () => {
  it.each(golden.profiles)('$profile of $input', ({ input, profile, sha256: expected }) => {
    const tensor = preprocess(syntheticPicture(...input), profilePreprocessing(profile, 224));
    expect(tensor).toHaveLength(3 * 224 * 224);
    expect(sha256(new Uint8Array(tensor.buffer))).toBe(expected);
  });
});

describe("preprocessor configs, bit for bit as transformers' processors over Pillow", () => {
  it.each(golden.processors)('$config of $input', ({ config, input, sha256: expected }) => {
    const tensor = preprocess(syntheticPicture(...input), preprocessingFromConfig(config, 224));
    expect(sha256(new Uint8Array(tensor.buffer))).toBe(expected);
  });
});

describe('decoding of unusual pictures, byte for byte as Pillow', () => {
  it.each(unusual.filter(({ sha256: hash }) => hash !== null))('$name', async (picture) => {
    const image = await decodeImage(Buffer.from(picture.base64, 'base64'));
    expect([image.width, image.height]).toEqual(picture.size);
    expect(sha256(image.data)).toBe(picture.sha256);
  });

  it.each(unusual.filter(({ sha256: hash }) => hash === null))('refuses $name', async ({ base64 }) => {
    await expect(decodeImage(Buffer.from(base64, 'base64'))).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  });
});

describe('decoding, byte for byte as Pillow', () => {
  it.each(golden.decode)('$file', async ({ file, size, sha256: expected }) => {
    const image = await decodeImage(readFileSync(new URL(`pictures/${file}`, folder)));
    expect([image.width, image.height]).toEqual(size);
    expect(sha256(image.data)).toBe(expected);
  });
});
