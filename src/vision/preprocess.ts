import { AmlDeitError } from '../errors/index.ts';
import type { ImageSize, Preprocessing } from './preprocessing.ts';
import { resizeRgb } from './resize.ts';
import type { RgbImage } from './rgb-image.ts';

/** Where the picture goes before the values are normalised: the size that it is resized to, and what is cut out. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly window: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

/**
 * Picture to tensor: resize, centre crop, rescale, normalise; float32 [3, height, width], or [1, height, width] for a
 * model of one channel. Written into `into` where that has as many values.
 *
 * @throws AmlDeitError IMAGE_INVALID when the crop does not fit the picture.
 */
export function preprocess(
  image: RgbImage,
  preprocessing: Preprocessing,
  into?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  return normalize(resizeAndCrop(image, preprocessing), preprocessing, into);
}

/** The first half of {@link preprocess}: the 8-bit picture that the model sees. */
export function resizeAndCrop(image: RgbImage, preprocessing: Preprocessing): RgbImage {
  const source = preprocessing.channels === 1 ? toGrey(image) : image;
  return resizeRgb(source, { ...geometryOf(source, preprocessing), resample: preprocessing.resample });
}

/** Pillow's mode L: ITU-R 601 luma in 16-bit fixed point. The three channels become equal. */
function toGrey(image: RgbImage): RgbImage {
  const data = new Uint8Array(image.data.length);
  for (let at = 0; at < data.length; at += 3) {
    const luma = image.data[at]! * 19595 + image.data[at + 1]! * 38470 + image.data[at + 2]! * 7471 + 0x8000;
    data[at] = data[at + 1] = data[at + 2] = luma >> 16;
  }
  return { ...image, data };
}

/** Width and height of what {@link preprocess} gives. */
export function outputSize(
  image: { readonly width: number; readonly height: number },
  preprocessing: Preprocessing,
): { readonly width: number; readonly height: number } {
  return geometryOf(image, preprocessing).window;
}

/**
 * For a preprocessing that neither resizes nor crops: then each picture has to be of the model's size.
 *
 * @throws AmlDeitError IMAGE_INVALID
 */
export function checkOutputSize(
  image: { readonly width: number; readonly height: number },
  preprocessing: Preprocessing,
  expected: ImageSize,
): void {
  const { width, height } = outputSize(image, preprocessing);
  if (width === expected.width && height === expected.height) return;
  throw new AmlDeitError(
    'IMAGE_INVALID',
    `the picture is ${width}x${height}, and the model, whose pictures are not resized, takes ${expected.width}x${expected.height}`,
  );
}

export function geometryOf(
  image: { readonly width: number; readonly height: number },
  preprocessing: Preprocessing,
): Geometry {
  const { width, height } = resizedSize(image, preprocessing.resize);
  const crop = preprocessing.crop ?? { width, height };
  if (crop.width > width || crop.height > height) {
    throw new AmlDeitError(
      'IMAGE_INVALID',
      `the picture is ${width}x${height} where it is cropped, smaller than the crop of ${crop.width}x${crop.height}`,
    );
  }
  const x = roundHalfToEven((width - crop.width) / 2);
  const y = roundHalfToEven((height - crop.height) / 2);
  return { width, height, window: { x, y, width: crop.width, height: crop.height } };
}

function resizedSize(
  image: { readonly width: number; readonly height: number },
  resize: Preprocessing['resize'],
): { readonly width: number; readonly height: number } {
  if (resize.mode === 'none') return image;
  if (resize.mode === 'squash') return { width: resize.width, height: resize.height };
  const { size } = resize;
  return image.width <= image.height
    ? { width: size, height: Math.trunc((size * image.height) / image.width) }
    : { width: Math.trunc((size * image.width) / image.height), height: size };
}

/** As Python rounds, which is where torchvision's centre crop puts its corner. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function normalize(
  image: RgbImage,
  preprocessing: Preprocessing,
  into: Float32Array<ArrayBuffer> | undefined,
): Float32Array<ArrayBuffer> {
  const pixels = image.width * image.height;
  const { channels = 3 } = preprocessing;
  const tensor = into?.length === channels * pixels ? into : new Float32Array(channels * pixels);
  for (let channel = 0; channel < channels; channel += 1) {
    const table = normalizationTable(preprocessing, channel);
    const base = channel * pixels;
    for (let pixel = 0, at = channel; pixel < pixels; pixel += 1, at += 3) {
      tensor[base + pixel] = table[image.data[at]!]!;
    }
  }
  return tensor;
}

/** A byte has 256 values: each is normalised once, in float32 as the reference does. */
function normalizationTable(preprocessing: Preprocessing, channel: number): Float32Array {
  const mean = Math.fround(preprocessing.mean[channel] ?? 0);
  const std = Math.fround(preprocessing.std[channel] ?? 1);
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const value = Math.fround(byte * preprocessing.rescaleFactor);
    return Math.fround(Math.fround(value - mean) / std);
  });
}
