import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { registryComponentId } from '../../card/index.ts';
import { packageRoot } from '../../io/index.ts';
import { checkComputeName, checkText, checkWhole } from './check-values.ts';
import { defaultGpuCompute } from './finetune-files.ts';
import { taskNames } from './generate-options.ts';
import type { GenerateOptions, ImageTask } from './generate-options.ts';
import { registryModel } from './online-files.ts';
import type { RenderedFile } from './publish-files.ts';
import { pathInDocument } from './references.ts';
import { renderFile } from './render-file.ts';

export interface GenerateEvaluateOptions extends GenerateOptions {
  /** `multiclass` by default. */
  readonly task?: ImageTask;
  /** The MLflow model to evaluate; the card's by default. */
  readonly model?: string;
  /** Folder or URI of the MLTable; `./data/test` by default. */
  readonly testData?: string;
  /** Name of the cluster; `deit-gpu` by default. */
  readonly compute?: string;
  /** Pictures at a time; 32 by default. */
  readonly batchSize?: number;
  readonly experiment?: string;
  readonly displayName?: string;
}

const configFile = 'evaluation-config.json';

/** `evaluate-pipeline.yml` and `evaluation-config.json`. */
export async function evaluateFiles(options: GenerateEvaluateOptions): Promise<RenderedFile[]> {
  const {
    task = 'multiclass',
    compute = defaultGpuCompute,
    batchSize = 32,
    experiment = 'deit-evaluate',
  } = options;
  const { displayName = `Evaluate DeiT base, ${task}` } = options;
  checkComputeName(compute);
  checkWhole('the batch size', batchSize, 1);
  checkText('the experiment name', experiment);
  checkText('the display name', displayName);
  const pipeline = await renderFile(
    {
      template: 'evaluate/pipeline.yml',
      name: 'evaluate-pipeline.yml',
      schema: 'pipelineJob',
      values: {
        display_name: displayName,
        experiment,
        model: registryModel(options.model),
        test_data: options.testData === undefined ? './data/test' : pathInDocument(options.testData, options),
        config_file: `./${configFile}`,
        compute_reference: `azureml:${compute}`,
        prediction_component: registryComponentId('modelPrediction'),
        metrics_component: registryComponentId('computeMetrics'),
        task_name: taskNames[task],
        batch_size: batchSize,
      },
      conditions: { multiclass: task === 'multiclass', multilabel: task === 'multilabel' },
    },
    options,
  );
  const config = join(packageRoot(), 'templates', 'evaluate', `evaluation-config-${task}.json`);
  return [pipeline, { name: configFile, content: await readFile(config, 'utf8') }];
}
