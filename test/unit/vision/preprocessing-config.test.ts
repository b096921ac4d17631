import { describe, expect, it } from 'vitest';
import { preprocessingFromConfig, profilePreprocessing } from '../../../src/vision/index.ts';

const imagenet = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] };

describe('preprocessingFromConfig', () => {
  it("reads the checkpoint's own file as the checkpoint profile", () => {
    const json = {
      do_normalize: true,
      do_resize: true,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
      size: 224,
    };
    expect(preprocessingFromConfig(json, 224)).toEqual(profilePreprocessing('checkpoint', 224));
    expect(preprocessingFromConfig({}, 224)).toEqual(profilePreprocessing('checkpoint', 224));
  });

  it('reads the distilled checkpoint: squash to 256 bicubic, crop 224, ImageNet statistics', () => {
    const json = { crop_size: 224, do_center_crop: true, resample: 3, size: 256, ...imagenet };
    expect(preprocessingFromConfig({ ...json, feature_extractor_type: 'DeiTFeatureExtractor' }, 224)).toEqual(
      {
        ...profilePreprocessing('deit', 224),
        resize: { mode: 'squash', height: 256, width: 256 },
      },
    );
    expect(preprocessingFromConfig({ image_processor_type: 'DeiTImageProcessor' }, 224)).toMatchObject({
      resize: { mode: 'squash', height: 256, width: 256 },
      resample: 'bicubic',
      crop: { height: 224, width: 224 },
      mean: [0.5, 0.5, 0.5],
    });
  });

  it.each([
    [{ size: { height: 32, width: 32 } }, { mode: 'squash', height: 32, width: 32 }, null],
    [{ size: [32, 32] }, { mode: 'squash', height: 32, width: 32 }, null],
    [
      { size: { shortest_edge: 40 }, do_center_crop: true, crop_size: { height: 32, width: 32 } },
      { mode: 'shortest-edge', size: 40 },
      { height: 32, width: 32 },
    ],
    [
      { size: { shortest_edge: 40 }, do_center_crop: true },
      { mode: 'shortest-edge', size: 40 },
      { height: 32, width: 32 },
    ],
    [{ do_resize: false }, { mode: 'none' }, null],
    [{ do_resize: false, do_center_crop: true, crop_size: 32 }, { mode: 'none' }, { height: 32, width: 32 }],
    [
      { size: null, do_center_crop: null, do_convert_rgb: true },
      { mode: 'squash', height: 32, width: 32 },
      null,
    ],
  ])('reads %j', (json, resize, crop) => {
    expect(preprocessingFromConfig(json, 32)).toMatchObject({ resize, crop });
  });

  it('reads what is switched off as the identity', () => {
    expect(preprocessingFromConfig({ do_rescale: false, do_normalize: false }, 32)).toMatchObject({
      rescaleFactor: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
    expect(preprocessingFromConfig({ rescale_factor: 0.5, image_mean: 0.25 }, 32)).toMatchObject({
      rescaleFactor: 0.5,
      mean: [0.25, 0.25, 0.25],
    });
  });

  it.each([
    [[], 'expected a JSON object'],
    ['x', 'expected a JSON object'],
    [{ size: '32' }, '"size" is "32"'],
    [{ size: 0 }, '"size" is 0'],
    [{ size: 32.5 }, '"size" is 32.5'],
    [{ size: 1e6 }, '"size" is 1000000'],
    [{ size: { height: 32 } }, '"size.width" is undefined'],
    [{ size: { shortest_edge: 32, longest_edge: 64 } }, '"size.longest_edge" is not supported'],
    [{ size: { max_height: 32, max_width: 32 } }, '"size.max_height" is not supported'],
    [{ size: { shortest_edge: 40 } }, '"do_center_crop" has to be true'],
    [{ size: 64 }, "the result is 64x64, but the model's input is 32x32"],
    [{ size: 32, do_center_crop: true, crop_size: 40 }, 'the crop of 40x40 is larger'],
    [{ size: { shortest_edge: 30 }, do_center_crop: true }, 'the crop of 32x32 is larger'],
    [{ resample: 1 }, '"resample" is 1 (lanczos)'],
    [{ resample: 0 }, '"resample" is 0 (nearest)'],
    [{ resample: 9 }, '"resample" is 9, expected'],
    [{ do_resize: 'yes' }, '"do_resize" is "yes"'],
    [{ image_mean: [0.5, 0.5] }, '"image_mean" is [0.5,0.5]'],
    [{ image_mean: [0.5, 0.5, null] }, '"image_mean" is [0.5,0.5,null]'],
    [{ image_std: [0.5, 0, 0.5] }, '"image_std" is [0.5,0,0.5], expected positive'],
    [{ rescale_factor: 0 }, '"rescale_factor" is 0'],
    [{ do_pad: true }, 'the step "do_pad" is not supported'],
    [{ do_flip_channel_order: true }, 'the step "do_flip_channel_order" is not supported'],
    [{ image_processor_type: 'CLIPImageProcessor' }, 'the processor "CLIPImageProcessor" is not supported'],
  ])('refuses %j', (json, message) => {
    expect(() => preprocessingFromConfig(json, 32)).toThrow(
      expect.objectContaining({
        code: 'PREPROCESSOR_INVALID',
        message: expect.stringContaining(message) as string,
      }),
    );
  });
});
