/** A model package in the `azureml` registry, put there by `local import-registry-model`. */
export interface RegistryModelRecord {
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly container: string;
  readonly prefix: string;
}
