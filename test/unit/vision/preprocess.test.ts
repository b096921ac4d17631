import { describe, expect, it } from 'vitest';
import { geometryOf, preprocess, roundHalfToEven } from '../../../src/vision/preprocess.ts';
import type { Preprocessing } from '../../../src/vision/index.ts';
import { profilePreprocessing } from '../../../src/vision/profiles.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';

const plain: Preprocessing = {
  resize: { mode: 'none' },
  resample: 'bilinear',
  crop: null,
  rescaleFactor: 1 / 255,
  mean: [0, 0.5, 1],
  std: [1, 0.5, 2],
};

describe('preprocess', () => {
  it('puts each channel in a plane of its own, rescaled and normalised', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
    expect([...preprocess(image, plain)]).toEqual([0, 1, -1, 1, -0.5, 0]);
  });

  it('makes one plane of grey, as Pillow does, for a model of one channel', () => {
    const data = Uint8Array.of(10, 200, 30, 255, 0, 0, 0, 0, 255, 77, 77, 77);
    const grey: Preprocessing = { ...plain, mean: [0, 0, 0], std: [1, 1, 1], channels: 1 };
    const tensor = preprocess({ width: 4, height: 1, data }, grey);
    expect(Array.from(tensor, (value) => Math.round(value * 255))).toEqual([124, 76, 29, 77]);
  });

  it('crops in the centre, and says when the picture is too small for it', () => {
    const crop = { ...plain, crop: { height: 2, width: 2 } };
    expect(geometryOf({ width: 6, height: 4 }, crop).window).toEqual({ x: 2, y: 1, width: 2, height: 2 });
    expect(() => preprocess(syntheticPicture(5, 1, 'noise'), crop)).toThrow('smaller than the crop of 2x2');
  });

  it('truncates the long side and rounds half a pixel to even', () => {
    const deit = profilePreprocessing('deit', 224);
    expect(geometryOf({ width: 333, height: 500 }, deit)).toMatchObject({ width: 256, height: 384 });
    expect(geometryOf({ width: 640, height: 427 }, deit)).toMatchObject({
      width: 383,
      height: 256,
      window: { x: 80, y: 16 },
    });
    expect([0.5, 1.5, 2.5, 3.5, 2.4, 2.6].map(roundHalfToEven)).toEqual([0, 2, 2, 4, 2, 3]);
  });

  it('needs no more memory for an extreme aspect ratio', () => {
    const tensor = preprocess(syntheticPicture(1, 30_000, 'noise'), profilePreprocessing('deit', 32));
    expect(tensor).toHaveLength(3 * 32 * 32);
  });
});
