import { registryComponents } from '../../../card/index.ts';
import type { RegistryComponent } from '../../../card/index.ts';
import { findKnownComponent } from '../../../card/known-components/index.ts';

const parent = (name: string): string => `\${{parent.inputs.${name}}}`;

/** Inputs of a step that the pipeline has under the same name are handed on. */
function sameNamed(step: RegistryComponent): Record<string, string> {
  const inputs = (name: string): string[] => Object.keys(findKnownComponent(name)?.inputs ?? {});
  const own = new Set(inputs(registryComponents.finetune.name));
  return Object.fromEntries(
    inputs(registryComponents[step].name)
      .filter((name) => own.has(name))
      .map((name) => [name, parent(name)]),
  );
}

/**
 * The steps of `transformers_image_classification_pipeline` 0.0.25 and what they hand to each other, as its published
 * specification has them.
 */
export function finetunePipelineJobs(registry: string): Record<string, object> {
  const step = (component: RegistryComponent, members: object): object => ({
    type: 'command',
    componentId: `azureml://registries/${registry}/components/${registryComponents[component].name}/versions/${registryComponents[component].version}`,
    ...members,
  });
  return {
    finetune_common_validation: step('finetuneValidation', {
      compute: parent('compute_model_import'),
      inputs: {
        ...sameNamed('finetuneValidation'),
        mlflow_model_path: parent('mlflow_model'),
        train_mltable_path: parent('training_data'),
        validation_mltable_path: parent('validation_data'),
        test_mltable_path: parent('test_data'),
        label_column_name: 'label',
        user_column_names: 'image_url,label',
        device: 'auto',
        task_specific_extra_params: `"model_family=${parent('model_family')};model_name=${parent('model_name')};metric_for_best_model=${parent('metric_for_best_model')};number_of_epochs=${parent('number_of_epochs')}"`,
      },
    }),
    image_classification_model_import: step('finetuneModelImport', {
      compute: parent('compute_model_import'),
      inputs: {
        ...sameNamed('finetuneModelImport'),
        validation_output: '${{parent.jobs.finetune_common_validation.outputs.validation_info}}',
      },
    }),
    image_classification_finetune: step('finetuneTraining', {
      compute: parent('compute_finetune'),
      distribution: {
        type: 'pytorch',
        process_count_per_instance: parent('process_count_per_instance'),
      },
      resources: { instance_count: parent('instance_count') },
      inputs: {
        ...sameNamed('finetuneTraining'),
        model_path: '${{parent.jobs.image_classification_model_import.outputs.output_dir}}',
      },
      outputs: {
        mlflow_model_folder: { type: 'literal', value: '${{parent.outputs.mlflow_model_folder}}' },
        pytorch_model_folder: { type: 'literal', value: '${{parent.outputs.pytorch_model_folder}}' },
      },
    }),
  };
}
