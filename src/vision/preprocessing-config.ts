import { AmlDeitError } from '../errors/index.ts';
import { toImageSize } from './preprocessing.ts';
import type { ImageSize, Preprocessing } from './preprocessing.ts';

type Json = Readonly<Record<string, unknown>>;

const maxSide = 8192;

/** Pillow's filters by their number in `resample`. */
const filterNames = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;

const vitProcessors = [
  'ViTImageProcessor',
  'ViTFeatureExtractor',
  'ViTImageProcessorFast',
  'ViTImageProcessorPil',
];
const deitProcessors = [
  'DeiTImageProcessor',
  'DeiTFeatureExtractor',
  'DeiTImageProcessorFast',
  'DeiTImageProcessorPil',
];

/** Steps of other processors that would change the pixels; each is refused by name when it is switched on. */
const knownSteps = new Set(['do_resize', 'do_center_crop', 'do_rescale', 'do_normalize', 'do_convert_rgb']);

/**
 * Reads a Hugging Face `preprocessor_config.json` (ViT or DeiT image processor) for a model of this input size. What the file leaves out takes the default of the processor class that it names (ViT's when it names none).
 *
 * @throws AmlDeitError PREPROCESSOR_INVALID for a value that is malformed, a processor or filter that is not
 * supported, or a result that is not of the input's size.
 */
export function preprocessingFromConfig(
  json: unknown,
  inputSize: ImageSize | number,
  channels: 1 | 3 = 3,
): Preprocessing {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw invalid(`expected a JSON object, got ${describe(json)}`);
  }
  const config = json as Json;
  const imageSize = toImageSize(inputSize);
  const isDeit = readProcessorType(config) === 'deit';
  refuseOtherSteps(config);

  const crop = readFlag(config, 'do_center_crop', isDeit) ? readSize(config, 'crop_size', imageSize) : null;
  const grown = (side: number): number => (isDeit ? Math.trunc((side * 256) / 224) : side);
  const defaultSize = { height: grown(imageSize.height), width: grown(imageSize.width) };
  const normalize = readFlag(config, 'do_normalize', true);
  const preprocessing: Preprocessing = {
    resize: readFlag(config, 'do_resize', true) ? readResize(config, defaultSize) : { mode: 'none' },
    resample: readResample(config, isDeit ? 'bicubic' : 'bilinear'),
    crop,
    rescaleFactor: readFlag(config, 'do_rescale', true) ? readRescaleFactor(config) : 1,
    mean: normalize ? readTriple(config, 'image_mean', 0.5, channels) : [0, 0, 0],
    std: normalize ? readStd(config, channels) : [1, 1, 1],
    ...(channels === 1 ? { channels } : {}),
  };
  checkPreprocessing(preprocessing, imageSize);
  return preprocessing;
}

/**
 * Refuses preprocessing whose result cannot be of the model's input size.
 *
 * @throws AmlDeitError PREPROCESSOR_INVALID
 */
export function checkPreprocessing(preprocessing: Preprocessing, inputSize: ImageSize | number): void {
  const imageSize = toImageSize(inputSize);
  const { resize, crop } = preprocessing;
  if (crop !== null) {
    const side = resize.mode === 'squash' ? Math.min(resize.height, resize.width) : undefined;
    const smallest = resize.mode === 'shortest-edge' ? resize.size : side;
    const largestCrop = Math.max(crop.height, crop.width);
    if (smallest !== undefined && largestCrop > smallest) {
      throw invalid(
        `the crop of ${crop.height}x${crop.width} is larger than the resized picture (${smallest})`,
      );
    }
  } else if (resize.mode === 'shortest-edge') {
    throw invalid(
      '"size" sets the shortest edge, so "do_center_crop" has to be true to give one output size',
    );
  }
  const output = crop ?? (resize.mode === 'squash' ? resize : undefined);
  if (output !== undefined && (output.height !== imageSize.height || output.width !== imageSize.width)) {
    throw invalid(
      `the result is ${output.height}x${output.width}, but the model's input is ${imageSize.height}x${imageSize.width}`,
    );
  }
}

function readProcessorType(config: Json): 'vit' | 'deit' {
  const name = config['image_processor_type'] ?? config['feature_extractor_type'];
  if (name === undefined || name === null) return 'vit';
  if (vitProcessors.includes(name as string)) return 'vit';
  if (deitProcessors.includes(name as string)) return 'deit';
  throw invalid(
    `the processor ${describe(name)} is not supported; expected ${vitProcessors[0]} or ${deitProcessors[0]}`,
  );
}

function refuseOtherSteps(config: Json): void {
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith('do_') && value === true && !knownSteps.has(key)) {
      throw invalid(`the step "${key}" is not supported`);
    }
  }
}

function readFlag(config: Json, key: string, fallback: boolean): boolean {
  const value = config[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean') throw invalid(`"${key}" is ${describe(value)}, expected true or false`);
  return value;
}

function readResize(config: Json, defaultSize: ImageSize): Preprocessing['resize'] {
  const size = config['size'];
  if (isObject(size) && 'shortest_edge' in size) {
    onlyKeys(size, ['shortest_edge'], 'size');
    return { mode: 'shortest-edge', size: readSide(size['shortest_edge'], 'size.shortest_edge') };
  }
  return { mode: 'squash', ...readSize(config, 'size', defaultSize) };
}

/** `224`, `[224, 224]` (height, width) or `{"height": 224, "width": 224}`. */
function readSize(config: Json, key: string, fallback: ImageSize): ImageSize {
  const value = config[key];
  if (value === undefined || value === null) return fallback;
  if (typeof value === 'number') {
    const side = readSide(value, key);
    return { height: side, width: side };
  }
  if (Array.isArray(value) && value.length === 2) {
    return { height: readSide(value[0], `${key}[0]`), width: readSide(value[1], `${key}[1]`) };
  }
  if (isObject(value)) {
    onlyKeys(value, ['height', 'width'], key);
    return {
      height: readSide(value['height'], `${key}.height`),
      width: readSide(value['width'], `${key}.width`),
    };
  }
  throw invalid(`"${key}" is ${describe(value)}, expected a number or {"height", "width"}`);
}

function readSide(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > maxSide) {
    throw invalid(`"${name}" is ${describe(value)}, expected a whole number from 1 to ${maxSide}`);
  }
  return value;
}

function readResample(config: Json, fallback: Preprocessing['resample']): Preprocessing['resample'] {
  const value = config['resample'];
  if (value === undefined || value === null) return fallback;
  const name = typeof value === 'number' ? filterNames[value] : value;
  if (name === 'bilinear' || name === 'bicubic') return name;
  const shown = typeof name === 'string' ? `${describe(value)} (${name})` : describe(value);
  throw invalid(`"resample" is ${shown}, expected 2 (bilinear) or 3 (bicubic)`);
}

function readRescaleFactor(config: Json): number {
  const value = config['rescale_factor'];
  if (value === undefined || value === null) return 1 / 255;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw invalid(`"rescale_factor" is ${describe(value)}, expected a positive number`);
  }
  return value;
}

function readStd(config: Json, channels: 1 | 3): Preprocessing['std'] {
  const std = readTriple(config, 'image_std', 0.5, channels);
  if (std.some((value) => value <= 0)) {
    throw invalid(`"image_std" is ${describe(config['image_std'])}, expected positive numbers`);
  }
  return std;
}

/** One for each channel, or one for all. */
function readTriple(
  config: Json,
  key: string,
  fallback: number,
  channels: 1 | 3,
): readonly [number, number, number] {
  const value = config[key];
  if (value === undefined || value === null) return [fallback, fallback, fallback];
  if (typeof value === 'number' && Number.isFinite(value)) return [value, value, value];
  const numbers =
    Array.isArray(value) && value.every((item) => Number.isFinite(item)) ? (value as number[]) : [];
  const [first = 0] = numbers;
  // A processor that was saved with its defaults has three equal ones, whatever the model takes.
  const same = numbers.every((number) => number === first);
  if (channels === 1 && same && [1, 3].includes(numbers.length)) return [first, first, first];
  if (channels === 3 && numbers.length === 3) return numbers as unknown as readonly [number, number, number];
  const expected = channels === 1 ? 'one number (grey)' : 'three numbers (red, green, blue)';
  throw invalid(`"${key}" is ${describe(value)}, expected ${expected}`);
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function onlyKeys(value: Json, allowed: readonly string[], name: string): void {
  const other = Object.keys(value).find((key) => !allowed.includes(key));
  if (other !== undefined) {
    throw invalid(
      `"${name}.${other}" is not supported, expected ${allowed.map((key) => `"${key}"`).join(', ')}`,
    );
  }
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function invalid(problem: string): AmlDeitError {
  return new AmlDeitError('PREPROCESSOR_INVALID', `preprocessor config: ${problem}`);
}
