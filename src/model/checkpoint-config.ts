import { AmlDeitError } from '../errors/index.ts';
import type { ImageSize } from '../vision/index.ts';
import type { Activation, Architecture } from './architecture.ts';

/** What a checkpoint's `config.json` says. */
export interface CheckpointConfig {
  readonly architecture: Omit<Architecture, 'labels' | 'classifiers'>;
  /** Undefined when it names no class: then the tensors tell. */
  readonly classifiers: 1 | 2 | undefined;
  /** Undefined when it names none. */
  readonly labels: readonly string[] | undefined;
  /** How many classes it says there are; undefined when it does not. */
  readonly labelCount: number | undefined;
  /** What is odd about the names of the classes and hinders nothing. */
  readonly labelOddities: readonly string[];
  readonly task: 'multiclass' | 'multilabel';
  /** The model's id on the hub, where the config carries one. */
  readonly name: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** The classes whose forward pass the graph reproduces, and how many classifiers each has. */
const classes: Readonly<Record<'vit' | 'deit', Readonly<Record<string, 1 | 2>>>> = {
  vit: { ViTForImageClassification: 1 },
  deit: { DeiTForImageClassification: 1, DeiTForImageClassificationWithTeacher: 2 },
};

/** transformers' names; the tanh form has two. Others (quick_gelu, silu, …) are refused by name. */
const activations: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
};

/** No model is near this; it keeps a hostile config from asking for a billion layers. */
const maxSize = 1 << 20;
const maxLayers = 4096;

/**
 * Reads a ViT or DeiT `config.json`. What it leaves out takes the default of transformers' configuration class.
 * @throws MODEL_UNSUPPORTED for another kind of model, named; CHECKPOINT_INVALID for a value that is malformed.
 */
export function parseCheckpointConfig(json: unknown, file: string): CheckpointConfig {
  if (!isObject(json)) throw invalid(file, `expected a JSON object, got ${show(json)}`);
  const { modelType, classifiers } = readModelType(json, file);
  const channels = readCount(json, 'num_channels', 3, file);
  if (channels !== 1 && channels !== 3) {
    throw unsupported(file, `"num_channels" is ${channels}, expected 3 (red, green, blue) or 1 (grey)`);
  }
  const architecture = {
    modelType,
    imageSize: readSize(json, 'image_size', 224, file),
    patchSize: readSize(json, 'patch_size', 16, file),
    channels,
    hiddenSize: readCount(json, 'hidden_size', 768, file),
    layers: readCount(json, 'num_hidden_layers', 12, file, maxLayers),
    heads: readCount(json, 'num_attention_heads', 12, file),
    intermediateSize: readCount(json, 'intermediate_size', 3072, file),
    qkvBias: readFlag(json, 'qkv_bias', true, file),
    activation: readActivation(json, file),
    layerNormEpsilon: readEpsilon(json, file),
  } as const;
  checkSizes(json, architecture, file);
  const labels = readLabels(json, file);
  return {
    architecture,
    classifiers,
    labels,
    labelCount: labels?.length ?? readLabelCount(json, file),
    labelOddities: labelOddities(json, labels ?? []),
    task: readTask(json, file),
    name: readName(json),
  };
}

function readModelType(
  json: Json,
  file: string,
): { modelType: 'vit' | 'deit'; classifiers: 1 | 2 | undefined } {
  const { model_type: type, architectures } = json;
  if (type !== 'vit' && type !== 'deit') {
    throw unsupported(file, `"model_type" is ${show(type)}, expected "vit" or "deit"`);
  }
  return { modelType: type, classifiers: readClassifiers(architectures, classes[type], file) };
}

function readClassifiers(
  architectures: unknown,
  known: Readonly<Record<string, 1 | 2>>,
  file: string,
): 1 | 2 | undefined {
  if (!Array.isArray(architectures) || architectures.length === 0) return undefined;
  const found = Object.entries(known).find(([name]) => architectures.includes(name));
  if (found !== undefined) return found[1];
  const expected = Object.keys(known)
    .map((name) => `["${name}"]`)
    .join(' or ');
  throw unsupported(file, `"architectures" is ${show(architectures)}, expected ${expected}`);
}

function checkSizes(json: Json, architecture: CheckpointConfig['architecture'], file: string): void {
  const { imageSize, patchSize, hiddenSize, heads } = architecture;
  if (patchSize.height > imageSize.height || patchSize.width > imageSize.width) {
    const [patch, image] = [json['patch_size'] ?? 16, json['image_size'] ?? 224];
    throw invalid(file, `"patch_size" ${show(patch)} is larger than "image_size" ${show(image)}`);
  }
  if (hiddenSize % heads !== 0) {
    throw invalid(file, `"hidden_size" ${hiddenSize} is no multiple of "num_attention_heads" ${heads}`);
  }
  const headSize = json['head_dim'] ?? hiddenSize / heads;
  if (headSize !== hiddenSize / heads) {
    throw unsupported(file, `"head_dim" is ${show(headSize)}, expected ${hiddenSize / heads}`);
  }
}

function readLabels(json: Json, file: string): readonly string[] | undefined {
  const { id2label } = json;
  if (id2label === undefined || id2label === null) return undefined;
  if (!isObject(id2label)) throw invalid(file, `"id2label" is ${show(id2label)}, expected an object`);
  const size = Object.keys(id2label).length;
  if (size === 0) throw invalid(file, '"id2label" is empty');
  return Array.from({ length: size }, (_, index) => {
    const label = id2label[String(index)];
    if (label === undefined) {
      throw invalid(file, `"id2label" has ${size} entries but no "${index}"; expected "0" to "${size - 1}"`);
    }
    if (typeof label !== 'string' || label === '') {
      throw invalid(file, `"id2label" has ${show(label)} for "${index}", expected a name`);
    }
    return label;
  });
}

function readLabelCount(json: Json, file: string): number | undefined {
  const { num_labels: count } = json;
  return count === undefined || count === null ? undefined : readCount(json, 'num_labels', 0, file);
}

function labelOddities(json: Json, labels: readonly string[]): readonly string[] {
  const oddities: string[] = [];
  const places = Map.groupBy(labels.keys(), (index) => labels[index]);
  const twice = [...places].find(([, indices]) => indices.length > 1);
  if (twice !== undefined) {
    const [label, indices] = twice;
    oddities.push(`the label ${show(label)} stands for several classes: ${indices.slice(0, 10).join(', ')}`);
  }
  const { label2id } = json;
  if (!isObject(label2id)) return oddities;
  const contrary = Object.entries(label2id).find(([label, id]) => labels[Number(id)] !== label);
  if (contrary !== undefined) {
    const [label, id] = contrary;
    oddities.push(
      `"label2id" has ${show(id)} for ${show(label)}, where "id2label" has ${show(labels[Number(id)])}: "id2label" counts`,
    );
  }
  return oddities;
}

function readTask(json: Json, file: string): CheckpointConfig['task'] {
  const type = json['problem_type'] ?? 'single_label_classification';
  if (type === 'single_label_classification') return 'multiclass';
  if (type === 'multi_label_classification') return 'multilabel';
  throw unsupported(
    file,
    `"problem_type" is ${show(type)}, expected "single_label_classification" or "multi_label_classification"`,
  );
}

function readName(json: Json): string | undefined {
  const name = json['_name_or_path'];
  return typeof name === 'string' && /^[\w.-]+\/[\w.-]+$/.test(name) && !name.startsWith('.')
    ? name
    : undefined;
}

function readActivation(json: Json, file: string): Activation {
  const name = json['hidden_act'] ?? 'gelu';
  if (typeof name === 'string' && Object.hasOwn(activations, name)) return activations[name] as Activation;
  const known = Object.keys(activations).join(', ');
  throw unsupported(file, `"hidden_act" is ${show(name)}, expected one of ${known}`);
}

function readEpsilon(json: Json, file: string): number {
  const value = json['layer_norm_eps'] ?? 1e-12;
  if (typeof value === 'number' && value >= 0 && value < 1) return value;
  throw invalid(file, `"layer_norm_eps" is ${show(value)}, expected a number from 0 to 1`);
}

function readFlag(json: Json, key: string, fallback: boolean, file: string): boolean {
  const value = json[key] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw invalid(file, `"${key}" is ${show(value)}, expected true or false`);
}

/** `224`, or height and width as `[224, 384]`. */
function readSize(json: Json, key: string, fallback: number, file: string): ImageSize {
  const value = json[key];
  if (!Array.isArray(value)) {
    const side = readCount(json, key, fallback, file);
    return { height: side, width: side };
  }
  if (value.length !== 2) throw invalid(file, `"${key}" is ${show(value)}, expected [height, width]`);
  const [height, width] = value.map((side: unknown) => readCount({ [key]: side ?? 0 }, key, 0, file));
  return { height: height ?? 0, width: width ?? 0 };
}

function readCount(json: Json, key: string, fallback: number, file: string, max = maxSize): number {
  const value = json[key] ?? fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalid(file, `"${key}" is ${show(value)}, expected a whole number from 1 to ${max}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function invalid(file: string, problem: string): AmlDeitError {
  return new AmlDeitError('CHECKPOINT_INVALID', `${file}: ${problem}`);
}

function unsupported(file: string, problem: string): AmlDeitError {
  return new AmlDeitError('MODEL_UNSUPPORTED', `${file}: ${problem}`, {
    hint: 'model export takes image classifiers of the families ViT and DeiT',
  });
}
