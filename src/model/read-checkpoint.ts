import { existsSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { readSafetensorsHeader } from '../io/index.ts';
import type { SafetensorsFile } from '../io/index.ts';
import { packageFileNames, preprocessingFromConfig, profilePreprocessing } from '../vision/index.ts';
import type { Preprocessing } from '../vision/index.ts';
import type { Architecture } from './architecture.ts';
import { parseCheckpointConfig } from './checkpoint-config.ts';
import { checkTensors, classifierRows } from './check-tensors.ts';

export interface CheckpointWarning {
  readonly code: 'PREPROCESSOR_DEFAULTED' | 'LABELS_DEFAULTED' | 'LABELS_ODD' | 'TENSORS_UNUSED';
  readonly text: string;
}

/** A Hugging Face folder, read and checked; its weights stay on disk. */
export interface Checkpoint {
  readonly directory: string;
  /** The hub id that the config carries, else the folder's name. */
  readonly name: string;
  readonly architecture: Architecture;
  readonly labels: readonly string[];
  readonly task: 'multiclass' | 'multilabel';
  readonly preprocessing: Preprocessing;
  readonly weights: SafetensorsFile;
  /** The bytes that the package's file of the same name gets. */
  readonly config: Uint8Array;
  readonly preprocessor: Uint8Array;
  readonly warnings: readonly CheckpointWarning[];
}

const maxConfigBytes = 32 * 1024 * 1024;

/**
 * Reads a folder with `config.json`, `model.safetensors` and, or with a warning not, `preprocessor_config.json`, and
 * checks that the three fit together. Values of the weights are not looked at.
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  await requireDirectory(directory);
  const configFile = join(directory, packageFileNames.config);
  const config = await readJson(configFile);
  if (config === undefined) {
    throw new AmlDeitError('FILE_NOT_FOUND', `${configFile} does not exist`, {
      hint: 'expected a folder as save_pretrained writes it: config.json and model.safetensors',
    });
  }
  const parsed = parseCheckpointConfig(config.json, configFile);
  const weights = await readWeights(directory);
  const rows = classifierRows(weights);
  if (parsed.labels !== undefined && parsed.labels.length !== rows) {
    throw new AmlDeitError(
      'CHECKPOINT_INVALID',
      `${configFile} names ${parsed.labels.length} labels, but the classifier in ${packageFileNames.weights} has ${rows}`,
      { details: { expected: rows, actual: parsed.labels.length } },
    );
  }
  const architecture = { ...parsed.architecture, labels: rows };
  const warnings: CheckpointWarning[] = [];
  const unused = checkTensors(weights, architecture);
  if (unused.length > 0) {
    warnings.push({ code: 'TENSORS_UNUSED', text: `the classifier does not use ${unused.join(', ')}` });
  }
  const labels = parsed.labels ?? Array.from({ length: rows }, (_, index) => `LABEL_${index}`);
  if (parsed.labels === undefined) {
    warnings.push({
      code: 'LABELS_DEFAULTED',
      text: `${packageFileNames.config} has no id2label: the ${rows} classes are called LABEL_0 and so on`,
    });
  }
  for (const oddity of parsed.labelOddities)
    warnings.push({ code: 'LABELS_ODD', text: `${packageFileNames.config}: ${oddity}` });
  const preprocessor = await readPreprocessor(directory, architecture.imageSize);
  if (preprocessor.defaulted) {
    warnings.push({
      code: 'PREPROCESSOR_DEFAULTED',
      text:
        `${directory} has no ${packageFileNames.preprocessor}: taking the checkpoint profile's defaults ` +
        `(squash to ${architecture.imageSize}x${architecture.imageSize}, bilinear, mean and std 0.5)`,
    });
  }
  return {
    directory,
    name: parsed.name ?? basename(resolve(directory)),
    architecture,
    labels,
    task: parsed.task,
    preprocessing: preprocessor.preprocessing,
    weights,
    config: config.bytes,
    preprocessor: preprocessor.bytes,
    warnings,
  };
}

async function readPreprocessor(directory: string, imageSize: number) {
  const file = join(directory, packageFileNames.preprocessor);
  const found = await readJson(file);
  if (found !== undefined) {
    const preprocessing = preprocessingFromConfig(found.json, imageSize);
    return { preprocessing, bytes: found.bytes, defaulted: false };
  }
  const preprocessing = profilePreprocessing('checkpoint', imageSize);
  const document = {
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: preprocessing.mean,
    image_processor_type: 'ViTImageProcessor',
    image_std: preprocessing.std,
    resample: 2,
    rescale_factor: preprocessing.rescaleFactor,
    size: { height: imageSize, width: imageSize },
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
  return { preprocessing, bytes, defaulted: true };
}

async function readWeights(directory: string): Promise<SafetensorsFile> {
  const file = join(directory, packageFileNames.weights);
  try {
    return await readSafetensorsHeader(file);
  } catch (error) {
    if (!(error instanceof AmlDeitError) || error.code !== 'FILE_NOT_FOUND') throw error;
    const other = [`${packageFileNames.weights}.index.json`, 'pytorch_model.bin'].find((name) =>
      existsSync(join(directory, name)),
    );
    if (other === undefined) throw error;
    throw new AmlDeitError(
      'MODEL_UNSUPPORTED',
      `${directory} has its weights in ${other}, expected one file ${packageFileNames.weights}`,
      { hint: 'load it in transformers and save it with save_pretrained(...)', cause: error },
    );
  }
}

async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw found === undefined
    ? new AmlDeitError('FILE_NOT_FOUND', `${directory} does not exist`)
    : new AmlDeitError('FILE_UNREADABLE', `${directory} is a file, expected a checkpoint's folder`);
}

/** A small JSON file with its bytes; undefined when there is none. */
async function readJson(file: string): Promise<{ json: unknown; bytes: Uint8Array } | undefined> {
  let bytes: Uint8Array;
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > maxConfigBytes) {
      throw new AmlDeitError(
        'CHECKPOINT_INVALID',
        `${file} has ${size} bytes, expected at most ${maxConfigBytes}`,
      );
    }
    bytes = await handle.readFile();
  } catch (error) {
    if (error instanceof AmlDeitError) throw error;
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read (${systemErrorCode(error)})`, {
      cause: error,
    });
  }
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown, bytes };
  } catch (error) {
    throw new AmlDeitError('CHECKPOINT_INVALID', `${file} is not JSON: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
