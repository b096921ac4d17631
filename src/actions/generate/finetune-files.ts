import { card, registryComponentId } from '../../card/index.ts';
import { silentHost } from '../../io/index.ts';
import { checkComputeName, checkText, checkWhole, optionsInvalid } from './check-values.ts';
import { chooseSize } from './choose-size.ts';
import { taskNames } from './generate-options.ts';
import type { GenerateOptions, ImageTask } from './generate-options.ts';
import { registryModel } from './online-files.ts';
import type { RenderedFile } from './publish-files.ts';
import { pathInDocument } from './references.ts';
import { renderFile } from './render-file.ts';

export interface GenerateFinetuneOptions extends GenerateOptions {
  /** `multiclass` by default. */
  readonly task?: ImageTask;
  /** The MLflow model to begin with; the card's by default. */
  readonly model?: string;
  /** Folders or URIs of the MLTables; `./data/train`, `./data/validation` and `./data/test` beside the file by default. */
  readonly trainingData?: string;
  readonly validationData?: string;
  readonly testData?: string;
  /** Name of the GPU cluster; `deit-gpu` by default. */
  readonly compute?: string;
  /** Name of the cluster that prepares the model; the GPU cluster by default. */
  readonly importCompute?: string;
  /** The cluster's VM size, which says how many processes a machine runs: one for each GPU. */
  readonly sku?: string;
  /** Machines; 1 by default. */
  readonly instanceCount?: number;
  readonly processCount?: number;
  readonly experiment?: string;
  readonly displayName?: string;
  /** The component's own defaults for this model: 15, 60, 5e-5, 42. */
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly seed?: number;
  /** As the card says: true. */
  readonly applyDeepspeed?: boolean;
  /** As the card says: true. `leave-out` writes no line and leaves the choice to the component. */
  readonly applyOrt?: boolean | 'leave-out';
  /** A DeepSpeed configuration of one's own. */
  readonly deepspeedConfig?: string;
  /** `16` with DeepSpeed, whose built-in configuration trains in half precision, else `32`. */
  readonly precision?: '16' | '32';
}

export const defaultGpuCompute = 'deit-gpu';

/** `finetune-pipeline.yml`. */
export async function finetuneFiles(options: GenerateFinetuneOptions): Promise<RenderedFile[]> {
  const {
    task = 'multiclass',
    compute = defaultGpuCompute,
    applyDeepspeed = true,
    applyOrt = true,
  } = options;
  const importCompute = options.importCompute ?? compute;
  checkComputeName(compute);
  checkComputeName(importCompute);
  const { size } = await chooseSize(options.sku, 'finetune', options);
  const {
    instanceCount: instances = 1,
    processCount: processes = size.gpus,
    epochs = 15,
    batchSize = 60,
    learningRate = 5e-5,
    seed = 42,
    experiment = 'deit-finetune',
    displayName = `Fine-tune DeiT base, ${task}`,
  } = options;
  checkWhole('the instance count', instances, 1);
  checkWhole('the number of processes per instance', processes, 1);
  checkWhole('the number of epochs', epochs, 1);
  checkWhole('the batch size', batchSize, 1);
  checkWhole('the random seed', seed, 0, 2 ** 32 - 1);
  checkText('the experiment name', experiment);
  checkText('the display name', displayName);
  if (!(learningRate > 0 && learningRate < 1)) {
    throw optionsInvalid(`the learning rate is ${learningRate}, expected a number between 0 and 1`);
  }
  if (options.deepspeedConfig !== undefined && !applyDeepspeed) {
    throw optionsInvalid('a DeepSpeed configuration is given, but DeepSpeed is off: it would be ignored');
  }
  if (applyOrt === true) {
    (options.host ?? silentHost).message({
      code: 'apply-ort',
      level: 'warning',
      text: 'apply_ort is true as the card says, but the present training image may lack ONNX Runtime training: leave it out if the step fails on it',
    });
  }
  const model = registryModel(options.model);
  const data = (given: string | undefined, name: string): string =>
    given === undefined ? `./data/${name}` : pathInDocument(given, options);
  return [
    await renderFile(
      {
        template: 'finetune/pipeline.yml',
        name: 'finetune-pipeline.yml',
        schema: 'pipelineJob',
        values: {
          display_name: displayName,
          experiment,
          model,
          training_data: data(options.trainingData, 'train'),
          validation_data: data(options.validationData, 'validation'),
          test_data: data(options.testData, 'test'),
          deepspeed_config:
            options.deepspeedConfig === undefined ? '' : pathInDocument(options.deepspeedConfig, options),
          compute,
          import_compute: importCompute,
          compute_reference: `azureml:${compute}`,
          component: registryComponentId('finetune'),
          instances,
          processes,
          task_name: taskNames[task],
          epochs,
          batch_size: batchSize,
          learning_rate: learningRate,
          seed,
          apply_deepspeed: applyDeepspeed,
          apply_ort: applyOrt === true,
          precision: options.precision ?? (applyDeepspeed ? '16' : '32'),
        },
        conditions: {
          multiclass: task === 'multiclass',
          multilabel: task === 'multilabel',
          card_model: model === card.id,
          ort: applyOrt !== 'leave-out',
          deepspeed_config: options.deepspeedConfig !== undefined,
          builtin_deepspeed: applyDeepspeed && options.deepspeedConfig === undefined,
        },
      },
      options,
    ),
  ];
}
