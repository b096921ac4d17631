import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import { packageFileNames, preprocessingFromConfig, profilePreprocessing } from '../vision/index.ts';
import type { Preprocessing, ProfileName } from '../vision/index.ts';
import type { Architecture } from './architecture.ts';
import { canonicalTensors, hasTimmNames, withoutPrefix } from './checkpoint/canonical-names.ts';
import { locateCheckpoint } from './checkpoint/locate-checkpoint.ts';
import type { CheckpointFiles } from './checkpoint/locate-checkpoint.ts';
import { readJsonFile } from './checkpoint/read-json-file.ts';
import { readWeights } from './checkpoint/read-weights.ts';
import type { StoredTensor, StoredWeights } from './checkpoint/stored-tensor.ts';
import { isTimmConfig, timmConfig } from './checkpoint/timm-config.ts';
import { parseCheckpointConfig } from './checkpoint-config.ts';
import type { CheckpointConfig } from './checkpoint-config.ts';
import { preprocessorDocument } from './preprocessor-document.ts';
import { checkTensors, classifierRows } from './check-tensors.ts';

export interface CheckpointWarning {
  readonly code:
    'CONFIG_DERIVED' | 'PREPROCESSOR_DEFAULTED' | 'LABELS_DEFAULTED' | 'LABELS_ODD' | 'TENSORS_UNUSED';
  readonly text: string;
}

/** A checkpoint of whatever format, read and checked; its weights stay on disk. */
export interface Checkpoint {
  /** The folder or file that was named. */
  readonly source: string;
  /** The hub id that the config carries, else the source's name. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly labels: readonly string[];
  readonly task: 'multiclass' | 'multilabel';
  readonly preprocessing: Preprocessing;
  /** The files that hold the weights. */
  readonly weightFiles: readonly string[];
  /** The architecture's tensors under the names that `save_pretrained` writes, and where their values lie. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Values that are not the stored ones, by tensor: what was adapted to another use. */
  readonly computed?: ReadonlyMap<string, Float32Array>;
  /** The profile that `preprocessing` is, where it is not the checkpoint's own. */
  readonly profile?: ProfileName;
  /** The bytes that the package's file of the same name gets. */
  readonly config: Uint8Array;
  readonly preprocessor: Uint8Array;
  readonly warnings: readonly CheckpointWarning[];
}

type Json = Readonly<Record<string, unknown>>;

interface Documents {
  readonly config: { readonly json: unknown; readonly bytes: Uint8Array };
  /** As found, or as made of timm's. */
  readonly preprocessor: { readonly json: unknown; readonly bytes: Uint8Array } | undefined;
  readonly warnings: readonly CheckpointWarning[];
}

/**
 * Reads a checkpoint: a Hugging Face or timm folder, an MLflow model's folder, or a file of weights with its config
 * beside it; and checks that config, tensors and preprocessing fit together. Values of the weights are not looked at.
 *
 * @throws MODEL_UNSUPPORTED, CHECKPOINT_INVALID, SAFETENSORS_INVALID, TORCH_FILE_INVALID, PICKLE_REFUSED,
 * PREPROCESSOR_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE.
 */
export async function readCheckpoint(source: string): Promise<Checkpoint> {
  const files = await locateCheckpoint(source);
  const [weightsFile, configFile] = [files.weights.file, files.config];
  requireConfig(files);
  const stored = withoutPrefix(await readWeights(files.weights));
  const documents = await readDocuments(files, stored);
  const parsed = parseCheckpointConfig(documents.config.json, configFile);
  const { modelType } = parsed.architecture;
  const tensors = canonicalTensors(stored, modelType);
  const classifiers = parsed.classifiers ?? (tensors.has('cls_classifier.weight') ? 2 : 1);
  const rows = classifierRows(tensors, classifiers, weightsFile);
  if (parsed.labelCount !== undefined && parsed.labelCount !== rows) {
    throw new AmlDeitError(
      'CHECKPOINT_INVALID',
      `${configFile} names ${parsed.labelCount} labels, but the classifier in ${basename(weightsFile)} has ${rows}`,
      { details: { expected: rows, actual: parsed.labelCount } },
    );
  }
  const architecture = { ...parsed.architecture, labels: rows, classifiers };
  const { used, unused } = checkTensors(tensors, architecture, weightsFile);
  const preprocessor = readPreprocessor(documents, hasTimmNames(stored), architecture);
  return {
    source,
    name: parsed.name ?? (basename(resolve(source)) || '/'),
    architecture,
    labels: parsed.labels ?? Array.from({ length: rows }, (_, index) => `LABEL_${index}`),
    task: parsed.task,
    preprocessing: preprocessor.preprocessing,
    weightFiles: stored.files,
    tensors: used,
    config: documents.config.bytes,
    preprocessor: preprocessor.bytes,
    warnings: [
      ...documents.warnings,
      ...unusedTensors(unused),
      ...labelWarnings(parsed, rows),
      ...preprocessor.warnings,
    ],
  };
}

/** Before the weights are read: a folder without config is most often the wrong folder. */
function requireConfig({ config, weights }: CheckpointFiles): void {
  // The authors' own .pth stands alone.
  if (existsSync(config) || /\.(?:pth|pt)$/.test(weights.file)) return;
  throw new AmlDeitError('FILE_NOT_FOUND', `${config} does not exist`, {
    hint: 'expected a folder as save_pretrained writes it: config.json and model.safetensors or pytorch_model.bin',
  });
}

async function readDocuments(files: CheckpointFiles, weights: StoredWeights): Promise<Documents> {
  const config = await readJsonFile(files.config);
  const preprocessor = await firstJson(files.preprocessors);
  if (config !== undefined && !isTimmConfig(config.json)) return { config, preprocessor, warnings: [] };
  if (config === undefined && !hasTimmNames(weights)) {
    throw new AmlDeitError('FILE_NOT_FOUND', `${files.config} does not exist`, {
      hint: "only weights with timm's names can be read without a config",
    });
  }
  const file = config === undefined ? files.weights.file : files.config;
  const derived = timmConfig(config?.json as Json | undefined, weights, file);
  const text =
    config === undefined
      ? `there is no ${packageFileNames.config}: sizes are those of the tensors, the rest is timm's default`
      : `${packageFileNames.config} is timm's: the package has one of transformers in its place`;
  return {
    config: document(derived.config),
    preprocessor: preprocessor ?? (derived.preprocessor && document(derived.preprocessor)),
    warnings: [{ code: 'CONFIG_DERIVED', text }],
  };
}

async function firstJson(files: readonly string[]): Promise<Documents['preprocessor']> {
  for (const file of files) {
    const found = await readJsonFile(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unusedTensors(names: readonly string[]): CheckpointWarning[] {
  if (names.length === 0) return [];
  return [{ code: 'TENSORS_UNUSED', text: `the classifier does not use ${names.join(', ')}: left out` }];
}

function labelWarnings(parsed: CheckpointConfig, rows: number): CheckpointWarning[] {
  const odd = parsed.labelOddities.map((oddity) => ({
    code: 'LABELS_ODD' as const,
    text: `${packageFileNames.config}: ${oddity}`,
  }));
  if (parsed.labels !== undefined) return odd;
  const text = `${packageFileNames.config} has no id2label: the ${rows} classes are called LABEL_0 and so on`;
  return [{ code: 'LABELS_DEFAULTED', text }, ...odd];
}

function readPreprocessor(
  { preprocessor: found }: Documents,
  timm: boolean,
  { imageSize, channels }: Architecture,
): { preprocessing: Preprocessing; bytes: Uint8Array; warnings: CheckpointWarning[] } {
  if (found !== undefined) {
    return {
      preprocessing: preprocessingFromConfig(found.json, imageSize, channels),
      bytes: found.bytes,
      warnings: [],
    };
  }
  // Weights that kept the authors' names were trained with their statistics.
  const profile = timm ? 'deit' : 'checkpoint';
  const { resize, resample, mean } = profilePreprocessing(profile, imageSize);
  const made = document(preprocessorDocument(profilePreprocessing(profile, imageSize), channels));
  const preprocessing = preprocessingFromConfig(made.json, imageSize, channels);
  const input = `${imageSize.height}x${imageSize.width}`;
  const how =
    resize.mode === 'shortest-edge'
      ? `short side to ${resize.size}, ${resample}, crop of ${input}, ImageNet's mean and std`
      : `squash to ${input}, ${resample}, mean and std ${mean[0]}`;
  const text = `there is no ${packageFileNames.preprocessor}: taking the ${profile} profile's defaults (${how})`;
  return { preprocessing, bytes: made.bytes, warnings: [{ code: 'PREPROCESSOR_DEFAULTED', text }] };
}

function document(json: Json): { json: Json; bytes: Uint8Array } {
  return { json, bytes: new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`) };
}
