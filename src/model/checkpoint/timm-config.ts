import { AmlDeitError } from '../../errors/index.ts';
import type { StoredTensor, StoredWeights } from './stored-tensor.ts';

type Json = Readonly<Record<string, unknown>>;

/** What takes the place of the two files that transformers would have written. */
export interface TimmConfig {
  readonly config: Json;
  /** Undefined where nothing is said of pictures. */
  readonly preprocessor: Json | undefined;
}

/** Heads of the ViT and DeiT sizes by their width; no tensor's shape tells them. */
const headsByWidth: ReadonlyMap<number, number> = new Map([
  [192, 3],
  [384, 6],
  [768, 12],
  [1024, 16],
  [1280, 16],
]);

/** Models of the plain architecture; others of the family have parts that the names alone do not show. */
const plainName = /^(?:vit|deit)_(?:tiny|small|base|large|huge)(?:_distilled)?_patch\d+_\d+(?:\.[\w-]+)?$/;

/** Arguments of a model that are read, that tensors show, or that change no answer; any other may change the model. */
const knownArguments = new Set([
  'in_chans',
  'num_classes',
  'global_pool',
  'img_size',
  'num_heads',
  'embed_dim',
  'depth',
  'patch_size',
  'mlp_ratio',
  'qkv_bias',
  'drop_rate',
  'drop_path_rate',
]);

const resampling: Readonly<Record<string, number>> = { bilinear: 2, bicubic: 3 };

/** Whether a `config.json` is timm's. */
export function isTimmConfig(json: unknown): json is Json {
  return isObject(json) && typeof json['architecture'] === 'string' && json['model_type'] === undefined;
}

/**
 * A transformers config for a model of timm or of the authors' own code: sizes from the tensors, heads from the width,
 * GELU and an epsilon of 1e-6 as timm has them; pictures as `pretrained_cfg` says.
 *
 * @param json timm's `config.json`; undefined for a file of weights that stands alone.
 * @throws MODEL_UNSUPPORTED for another family or a variant; CHECKPOINT_INVALID where tensors are missing.
 */
export function timmConfig(json: Json | undefined, weights: StoredWeights, file: string): TimmConfig {
  const unsupported = (problem: string): AmlDeitError =>
    new AmlDeitError('MODEL_UNSUPPORTED', `${file}: ${problem}`, {
      hint: 'put a config.json of transformers beside the weights',
    });
  const name = json?.['architecture'];
  if (name !== undefined && (typeof name !== 'string' || !plainName.test(name))) {
    throw unsupported(`"architecture" is ${JSON.stringify(name)}, expected a plain ViT or DeiT of timm`);
  }
  const args = member(json, 'model_args');
  const odd = Object.keys(args).find((key) => !knownArguments.has(key));
  if (odd !== undefined) throw unsupported(`"model_args.${odd}" is not supported`);
  const pool = args['global_pool'] ?? json?.['global_pool'] ?? 'token';
  if (pool !== 'token') throw unsupported(`"global_pool" is ${JSON.stringify(pool)}, expected "token"`);

  const shape = (tensor: string, rank: number): readonly number[] => {
    const found: StoredTensor | undefined = weights.tensors.get(tensor);
    if (found?.shape.length === rank) return found.shape;
    throw new AmlDeitError('CHECKPOINT_INVALID', `${file}: no tensor "${tensor}" of ${rank} axes`, {
      details: { file },
    });
  };
  const [width = 0, channels, patchHeight = 0, patchWidth = 0] = shape('patch_embed.proj.weight', 4);
  const heads = args['num_heads'] ?? headsByWidth.get(width);
  if (heads === undefined) throw unsupported(`a model of width ${width} may have any number of heads`);
  const pretrained = member(json, 'pretrained_cfg');
  const distilled = weights.tensors.has('dist_token');
  const [, tokens = 0] = shape('pos_embed', 3);
  const grid = Math.sqrt(tokens - (distilled ? 2 : 1));
  const labels = shape('head.weight', 2)[0] ?? 0;
  const imageSize = args['img_size'] ?? inputSize(pretrained) ?? [grid * patchHeight, grid * patchWidth];
  const type = distilled ? 'deit' : 'vit';
  const head = weights.tensors.has('head_dist.weight') ? 'DeiTForImageClassificationWithTeacher' : undefined;
  const config = {
    architectures: [head ?? (distilled ? 'DeiTForImageClassification' : 'ViTForImageClassification')],
    hidden_act: 'gelu',
    hidden_size: width,
    ...labelNames(json, labels),
    image_size: side(imageSize),
    intermediate_size: shape('blocks.0.mlp.fc1.weight', 2)[0],
    layer_norm_eps: 1e-6,
    model_type: type,
    num_attention_heads: heads,
    num_channels: channels,
    num_hidden_layers: countBlocks(weights),
    patch_size: side([patchHeight, patchWidth]),
    qkv_bias: weights.tensors.has('blocks.0.attn.qkv.bias'),
  };
  return { config, preprocessor: preprocessor(pretrained, config.image_size, unsupported) };
}

function countBlocks(weights: StoredWeights): number {
  const blocks = [...weights.tensors.keys()].map((name) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1));
  return blocks.reduce((most, block) => Math.max(most, block + 1), 0);
}

function labelNames(json: Json | undefined, count: number): Json {
  const names = json?.['label_names'];
  const given = Array.isArray(names) && names.length === count;
  // Without names the count alone is said, and the classes are numbered.
  if (!given) return { num_labels: count };
  return { id2label: Object.fromEntries(names.map((label, index) => [index, label as unknown])) };
}

/** timm's evaluation: the short side to size / crop_pct, then a crop of the middle. */
function preprocessor(
  pretrained: Json,
  imageSize: unknown,
  unsupported: (problem: string) => AmlDeitError,
): Json | undefined {
  const { mean, std, interpolation, crop_pct: cropRatio, crop_mode: cropMode = 'center' } = pretrained;
  if (mean === undefined || std === undefined) return undefined;
  const resample = resampling[String(interpolation)];
  if (resample === undefined) {
    throw unsupported(
      `"pretrained_cfg.interpolation" is ${JSON.stringify(interpolation)}, expected "bilinear" or "bicubic"`,
    );
  }
  if (cropMode !== 'center' || typeof imageSize !== 'number') {
    throw unsupported(
      `"pretrained_cfg.crop_mode" is ${JSON.stringify(cropMode)}, expected "center" and a square`,
    );
  }
  if (typeof cropRatio !== 'number' || !(cropRatio > 0 && cropRatio <= 1)) {
    throw unsupported(`"pretrained_cfg.crop_pct" is ${JSON.stringify(cropRatio)}, expected a number up to 1`);
  }
  return {
    crop_size: { height: imageSize, width: imageSize },
    do_center_crop: true,
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: mean,
    image_processor_type: 'ViTImageProcessorFast',
    image_std: std,
    resample,
    rescale_factor: 1 / 255,
    size: { shortest_edge: Math.floor(imageSize / cropRatio) },
  };
}

/** `input_size` is channels, height, width. */
function inputSize(pretrained: Json): unknown {
  const size = pretrained['input_size'];
  return Array.isArray(size) ? size.slice(1) : undefined;
}

/** A square's side as one number, as transformers writes it. */
function side(size: unknown): unknown {
  return Array.isArray(size) && size.length === 2 && size[0] === size[1] ? (size[0] as unknown) : size;
}

function member(json: Json | undefined, name: string): Json {
  const value = json?.[name];
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
