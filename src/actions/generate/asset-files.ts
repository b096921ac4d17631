import { card } from '../../card/index.ts';
import type { SkuTask } from '../../card/index.ts';
import { packageVersion } from '../../io/index.ts';
import { contextFiles, contextFolder, defaultContextBase } from './context-files.ts';
import { defaultBatchCompute, defaultBatchInstances } from './batch-files.ts';
import { checkAssetName, checkComputeName, checkWhole, optionsInvalid } from './check-values.ts';
import { chooseSize } from './choose-size.ts';
import { defaultGpuCompute } from './finetune-files.ts';
import type { GenerateOptions } from './generate-options.ts';
import { defaultModel, routeValues, scoringImage } from './online-files.ts';
import type { RenderedFile } from './publish-files.ts';
import { pathInDocument } from './references.ts';
import { renderFile } from './render-file.ts';

export interface GenerateEnvironmentOptions extends GenerateOptions {
  /** `aml-deit-scorer` by default. */
  readonly name?: string;
  /** aml-deit's own by default, which is the image's tag. */
  readonly version?: string;
  /** The scoring image; the twin's by default. */
  readonly image?: string;
  /** Instead of an image a folder that Azure ML builds one from. */
  readonly build?: boolean;
  /** Base of the image that is built: one with Node and npm. `node:24-bookworm-slim` by default. */
  readonly base?: string;
}

/** `environment.yml`; for a build also the folder that it names. */
export async function environmentFiles(options: GenerateEnvironmentOptions): Promise<RenderedFile[]> {
  const { name = 'aml-deit-scorer', version = packageVersion() } = options;
  checkAssetName('environment name', name);
  checkAssetName('version', version);
  const { build = false, base } = options;
  if (build && options.image !== undefined)
    throw optionsInvalid('an environment has an image or a folder to build one from, not both');
  if (!build && base !== undefined) throw optionsInvalid('a base is for an image that is built: say --build');
  return [
    await renderFile(
      {
        template: 'assets/environment.yml',
        name: 'environment.yml',
        schema: 'environment',
        values: {
          name,
          version,
          image: build ? '' : scoringImage(options.image),
          context: `./${contextFolder}`,
          ...routeValues,
        },
        conditions: { image: !build, build },
      },
      options,
    ),
    ...(build ? await contextFiles(base ?? defaultContextBase) : []),
  ];
}

export interface GenerateModelOptions extends GenerateOptions {
  /** `deit-base-patch16-224` by default. */
  readonly name?: string;
  /** `1` by default. */
  readonly version?: string;
  /** `custom_model`, a model package for the scoring image, by default. */
  readonly type?: 'custom_model' | 'mlflow_model';
  /** Folder or URI; `./model-package` by default, `./mlflow-model` for an MLflow model. */
  readonly path?: string;
}

/** `model.yml`. */
export async function modelFiles(options: GenerateModelOptions): Promise<RenderedFile[]> {
  const { name = defaultModel.name, version = defaultModel.version, type = 'custom_model' } = options;
  checkAssetName('model name', name);
  checkAssetName('version', version);
  if (type !== 'custom_model' && type !== 'mlflow_model') {
    throw optionsInvalid(`the model's type is "${type as string}", expected custom_model or mlflow_model`);
  }
  const beside = type === 'custom_model' ? './model-package' : './mlflow-model';
  return [
    await renderFile(
      {
        template: 'assets/model.yml',
        name: 'model.yml',
        schema: 'model',
        values: {
          name,
          version,
          path: options.path === undefined ? beside : pathInDocument(options.path, options),
          card_model: card.name,
          card_version: card.version,
        },
        conditions: { custom_model: type === 'custom_model', mlflow_model: type === 'mlflow_model' },
      },
      options,
    ),
  ];
}

export interface GenerateComputeOptions extends GenerateOptions {
  /** What the cluster is for: decides the allow-list and the defaults. `inference` by default. */
  readonly task?: SkuTask;
  /** `deit-cpu` for inference, else `deit-gpu`. */
  readonly name?: string;
  readonly sku?: string;
  /** 2 for inference, else 1. */
  readonly maxInstances?: number;
  /** 120 by default. */
  readonly idleSeconds?: number;
  readonly lowPriority?: boolean;
}

/** `compute-cpu.yml` for inference, else `compute-gpu.yml`. */
export async function computeFiles(options: GenerateComputeOptions): Promise<RenderedFile[]> {
  const { task = 'inference', idleSeconds = 120, lowPriority = false } = options;
  const isInference = task === 'inference';
  const name = options.name ?? (isInference ? defaultBatchCompute : defaultGpuCompute);
  const maxInstances = options.maxInstances ?? (isInference ? defaultBatchInstances : 1);
  checkComputeName(name);
  checkWhole('the number of instances', maxInstances, 1);
  checkWhole('the idle time (s)', idleSeconds, 1);
  const { size, facts } = await chooseSize(options.sku, task, options);
  return [
    await renderFile(
      {
        template: 'assets/compute.yml',
        name: `compute-${isInference ? 'cpu' : 'gpu'}.yml`,
        schema: 'amlCompute',
        values: {
          name,
          sku: size.name,
          sku_facts: facts,
          max_instances: maxInstances,
          idle_seconds: idleSeconds,
        },
        conditions: { dedicated: !lowPriority, low_priority: lowPriority },
      },
      options,
    ),
  ];
}
