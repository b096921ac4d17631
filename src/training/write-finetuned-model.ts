import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageVersion, writeTorch } from '../io/index.ts';
import { classifierConfig, classifierTensors } from './write-classifier-head.ts';
import type { ClassifierHead } from './write-classifier-head.ts';

export interface FinetunedModel extends ClassifierHead {
  /** A model package: whose backbone it is. */
  readonly source: string;
  /** `pytorch_model_folder`: what `save_pretrained` leaves, the weights as `pytorch_model.bin`. */
  readonly pytorchFolder: string;
  /** `mlflow_model_folder`: MLflow's transformers flavour. */
  readonly mlflowFolder: string;
  readonly signal?: AbortSignal | undefined;
}

const configName = 'config.json';
const preprocessorName = 'preprocessor_config.json';
const weightsName = 'pytorch_model.bin';

/** The two outputs of a fine-tune job, each in its own layout. Deterministic. */
export async function writeFinetunedModel(model: FinetunedModel): Promise<void> {
  const { source, pytorchFolder, mlflowFolder, signal } = model;
  const modelFolder = join(mlflowFolder, 'model');
  const processorFolder = join(mlflowFolder, 'components', 'image_processor');
  for (const folder of [pytorchFolder, modelFolder, processorFolder])
    await mkdir(folder, { recursive: true });
  const config = await classifierConfig(source, model);
  const processor = join(source, preprocessorName);
  for (const folder of [pytorchFolder, modelFolder]) {
    await writeFile(join(folder, configName), config);
    await copyFile(processor, join(folder, preprocessorName));
  }
  await copyFile(processor, join(processorFolder, preprocessorName));
  await writeTorch(join(pytorchFolder, weightsName), await classifierTensors(source, model), { signal });
  await copyFile(join(pytorchFolder, weightsName), join(modelFolder, weightsName));
  await writeFile(join(mlflowFolder, 'MLmodel'), mlmodel(JSON.parse(config) as Record<string, unknown>));
}

/** The signature is that of MLflow's picture classifiers: pictures as text, labels with scores. */
function mlmodel(config: Readonly<Record<string, unknown>>): string {
  const { architectures } = config;
  const architecture = Array.isArray(architectures) ? String(architectures[0]) : 'ViTForImageClassification';
  return `flavors:
  python_function:
    loader_module: mlflow.transformers
    model_binary: model
  transformers:
    components:
    - image_processor
    framework: pt
    image_processor_type: ViTImageProcessor
    instance_type: ImageClassificationPipeline
    model_binary: model
    pipeline_model_type: ${architecture}
    task: image-classification
metadata:
  aml-deit.stand-in: linear probe by aml-deit ${packageVersion()}
signature:
  inputs: '[{"type": "string", "required": true}]'
  outputs: '[{"type": "string", "name": "label", "required": true}, {"type": "double", "name": "score", "required": true}]'
  params: null
`;
}
