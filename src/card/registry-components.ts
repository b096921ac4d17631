import { card } from './card.ts';

/**
 * The components of the `azureml` registry that aml-deit works with, each at one version: what the label `latest`
 * names changes, and with it the inputs (0.0.24 of the fine-tune pipeline stopped evaluating).
 */
export const registryComponents = {
  finetune: { name: 'transformers_image_classification_pipeline', version: '0.0.25' },
  // Its steps, at the versions that it names.
  finetuneValidation: { name: 'finetune_common_validation', version: '0.0.10' },
  finetuneModelImport: { name: 'transformers_image_classification_model_import', version: '0.0.22' },
  finetuneTraining: { name: 'transformers_image_classification_finetune', version: '0.0.23' },
  modelPrediction: { name: 'model_prediction', version: '0.0.37' },
  computeMetrics: { name: 'compute_metrics', version: '0.0.36' },
} as const satisfies Record<string, { readonly name: string; readonly version: string }>;

export type RegistryComponent = keyof typeof registryComponents;

/** `azureml://registries/azureml/components/…/versions/…` at the pinned version, or at another. */
export function registryComponentId(component: RegistryComponent, version?: string): string {
  const { name, version: pinned } = registryComponents[component];
  return `azureml://registries/${card.registry}/components/${name}/versions/${version ?? pinned}`;
}
