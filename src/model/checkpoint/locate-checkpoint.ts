import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { findWeights } from './find-weights.ts';
import type { FoundWeights } from './find-weights.ts';

/** The files of a checkpoint, wherever its folder keeps them. */
export interface CheckpointFiles {
  readonly weights: FoundWeights;
  /** May not exist. */
  readonly config: string;
  /** In order of preference; none may exist. */
  readonly preprocessors: readonly string[];
}

const configName = 'config.json';
const preprocessorName = 'preprocessor_config.json';

/** An MLflow model's folder below a folder, as fine-tune jobs and registry models have it. */
const mlflowFolders = ['.', 'mlflow_model_folder'] as const;

/**
 * Where MLflow keeps the model: `model` by its transformers flavour, `data/model` by Azure ML's `hftransformersv2`,
 * `pipeline` by MLflow before 2.6.
 */
const mlflowModels = ['model', 'data/model', 'pipeline'] as const;

/** The picture processor lies apart from the model there. */
const mlflowProcessors = [
  'components/image_processor',
  'components/feature_extractor',
  'data/image_processor',
  'data/feature_extractor',
  'data/tokenizer',
] as const;

/**
 * Finds a checkpoint's files: in a folder as `save_pretrained` or a training script writes it, in an MLflow model, or
 * beside the file of weights that is named.
 *
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, CHECKPOINT_INVALID when several files could be meant.
 */
export async function locateCheckpoint(source: string): Promise<CheckpointFiles> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) throw new AmlDeitError('FILE_NOT_FOUND', `${source} does not exist`);
  if (found.isFile())
    return filesOf(dirname(source), { file: source, sharded: source.endsWith('.index.json') });
  if (!found.isDirectory()) {
    throw new AmlDeitError('FILE_UNREADABLE', `${source} is neither a file nor a folder`);
  }
  const mlflow = mlflowFolders
    .map((name) => join(source, name))
    .find((folder) => existsSync(join(folder, 'MLmodel')));
  return mlflow === undefined ? filesOf(source, await findWeights(source)) : mlflowFiles(mlflow);
}

function filesOf(directory: string, weights: FoundWeights): CheckpointFiles {
  return { weights, config: join(directory, configName), preprocessors: [join(directory, preprocessorName)] };
}

async function mlflowFiles(root: string): Promise<CheckpointFiles> {
  const directory = mlflowModels
    .map((name) => join(root, name))
    .find((folder) => existsSync(join(folder, configName)));
  if (directory === undefined) {
    throw new AmlDeitError(
      'MODEL_UNSUPPORTED',
      `${root} is an MLflow model without ${mlflowModels.map((name) => `${name}/${configName}`).join(', ')}`,
      {
        hint: 'expected a model that MLflow saved with its transformers flavour, or a fine-tune job of Azure ML',
      },
    );
  }
  const { weights, config, preprocessors } = filesOf(directory, await findWeights(directory));
  const apart = mlflowProcessors.map((name) => join(root, name, preprocessorName));
  return { weights, config, preprocessors: [...preprocessors, ...apart] };
}
