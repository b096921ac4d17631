import type { Preprocessing } from '../vision/index.ts';

/** A `preprocessor_config.json` that says what `preprocessing` says, as transformers reads it. */
export function preprocessorDocument(
  preprocessing: Preprocessing,
  channels: 1 | 3,
): Readonly<Record<string, unknown>> {
  const { resize, crop, resample, mean, std, rescaleFactor } = preprocessing;
  const size =
    resize.mode === 'shortest-edge'
      ? { shortest_edge: resize.size }
      : resize.mode === 'squash'
        ? { height: resize.height, width: resize.width }
        : undefined;
  return {
    ...(crop === null ? {} : { crop_size: crop, do_center_crop: true }),
    do_normalize: true,
    do_rescale: true,
    do_resize: size !== undefined,
    image_mean: mean.slice(0, channels),
    image_processor_type: crop === null ? 'ViTImageProcessor' : 'ViTImageProcessorFast',
    image_std: std.slice(0, channels),
    resample: resample === 'bicubic' ? 3 : 2,
    rescale_factor: rescaleFactor,
    ...(size === undefined ? {} : { size }),
  };
}
