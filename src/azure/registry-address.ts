/** A model of a registry of Azure ML, outside any workspace. */
export interface RegistryModelAddress {
  readonly registry: string;
  readonly name: string;
  /** Undefined for the newest. */
  readonly version: string | undefined;
}

const pattern =
  /^azureml:\/\/registries\/([^/]+)\/models\/([^/]+)\/(?:versions\/([^/]+)|labels\/latest)\/?$/i;

/** `azureml://registries/R/models/N/versions/V`, or `…/labels/latest`; undefined for anything else. */
export function parseRegistryModel(address: string): RegistryModelAddress | undefined {
  const found = pattern.exec(address);
  return found === null ? undefined : { registry: found[1] ?? '', name: found[2] ?? '', version: found[3] };
}

/** The address of one version. */
export function formatRegistryModel(registry: string, name: string, version: string): string {
  return `azureml://registries/${registry}/models/${name}/versions/${version}`;
}
