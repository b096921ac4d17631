import type { ComponentInterface } from '../component-interface.ts';
import computeMetrics from './compute-metrics.json' with { type: 'json' };
import evaluateModel from './evaluate-model.json' with { type: 'json' };
import finetuneCommonValidation from './finetune-common-validation.json' with { type: 'json' };
import imageClassificationPipeline from './image-classification-pipeline.json' with { type: 'json' };
import imageFrameworkSelector from './image-framework-selector.json' with { type: 'json' };
import imageModelOutputSelector from './image-model-output-selector.json' with { type: 'json' };
import modelEvaluationPipeline from './model-evaluation-pipeline.json' with { type: 'json' };
import modelPrediction from './model-prediction.json' with { type: 'json' };
import transformersFinetune from './transformers-image-classification-finetune.json' with { type: 'json' };
import transformersModelImport from './transformers-image-classification-model-import.json' with { type: 'json' };
import transformersPipeline from './transformers-image-classification-pipeline.json' with { type: 'json' };
import validationTrigger from './validation-trigger-model-evaluation.json' with { type: 'json' };

/** A component of the registry `azureml`, as Azure/azureml-assets publishes it. */
export interface KnownComponent extends ComponentInterface {
  readonly name: string;
  /** The version that the interface is of. */
  readonly version: string;
  readonly type: string;
}

/** The components that fine-tuning and evaluating an image classifier is made of, and those that are taken for them. */
export const knownComponents: readonly KnownComponent[] = [
  transformersPipeline,
  transformersModelImport,
  transformersFinetune,
  finetuneCommonValidation,
  modelPrediction,
  computeMetrics,
  imageClassificationPipeline,
  imageFrameworkSelector,
  imageModelOutputSelector,
  modelEvaluationPipeline,
  validationTrigger,
  evaluateModel,
];

export function findKnownComponent(name: string): KnownComponent | undefined {
  return knownComponents.find((component) => component.name === name);
}
