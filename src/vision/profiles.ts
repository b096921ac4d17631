import { toImageSize } from './preprocessing.ts';
import type { ImageSize, Preprocessing } from './preprocessing.ts';

export type ProfileName = 'checkpoint' | 'card' | 'deit' | 'timm';

interface Profile {
  readonly summary: string;
  readonly resize: 'squash' | 'shortest-edge';
  readonly resample: Preprocessing['resample'];
  /** The part of the resized side that the centre crop keeps; 1 is no crop. */
  readonly cropRatio: number;
  readonly mean: Preprocessing['mean'];
  readonly std: Preprocessing['std'];
}

const half = [0.5, 0.5, 0.5] as const;
const imagenetMean = [0.485, 0.456, 0.406] as const;
const imagenetStd = [0.229, 0.224, 0.225] as const;

/**
 * The four ways in which this model's pictures are prepared in practice. They disagree: the checkpoint's own
 * processor squashes, the card's text crops with the checkpoint's statistics, and the published accuracies were
 * measured with ImageNet statistics and a bicubic resize of the short side.
 */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  checkpoint: {
    summary: "the checkpoint's own preprocessor_config.json: squash to the input size, bilinear",
    resize: 'squash',
    resample: 'bilinear',
    cropRatio: 1,
    mean: half,
    std: half,
  },
  card: {
    summary: "the model card's text: squash to 256, centre crop 224",
    resize: 'squash',
    resample: 'bilinear',
    cropRatio: 0.875,
    mean: half,
    std: half,
  },
  deit: {
    summary:
      "the authors' evaluation (81.8 % top-1): short side 256 bicubic, centre crop 224, ImageNet statistics",
    resize: 'shortest-edge',
    resample: 'bicubic',
    cropRatio: 0.875,
    mean: imagenetMean,
    std: imagenetStd,
  },
  timm: {
    summary:
      "timm's evaluation (81.98 % top-1): short side 248 bicubic, centre crop 224, ImageNet statistics",
    resize: 'shortest-edge',
    resample: 'bicubic',
    cropRatio: 0.9,
    mean: imagenetMean,
    std: imagenetStd,
  },
};

/**
 * A profile for a model of this input size. The resized side is the input's over `cropRatio`, truncated: 256 and 248 at
 * 224, as the profiles' sources have them. Where the short side is resized, the larger side of the input counts, so that
 * the crop fits into any picture. A model of one channel has the first channel's statistics.
 */
export function profilePreprocessing(
  name: ProfileName,
  imageSize: ImageSize | number,
  channels: 1 | 3 = 3,
): Preprocessing {
  const profile = profiles[name];
  const statistics = ([first, second, third]: Preprocessing['mean']): Preprocessing['mean'] =>
    channels === 1 ? [first, first, first] : [first, second, third];
  const { height, width } = toImageSize(imageSize);
  const grown = (side: number): number => Math.trunc(side / profile.cropRatio);
  return {
    resize:
      profile.resize === 'squash'
        ? { mode: 'squash', height: grown(height), width: grown(width) }
        : { mode: 'shortest-edge', size: grown(Math.max(height, width)) },
    resample: profile.resample,
    crop: profile.cropRatio === 1 ? null : { height, width },
    rescaleFactor: 1 / 255,
    mean: statistics(profile.mean),
    std: statistics(profile.std),
    ...(channels === 1 ? { channels } : {}),
  };
}
