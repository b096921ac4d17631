import { registryComponents } from '../../../card/index.ts';
import { findKnownComponent } from '../../../card/known-components/index.ts';
import type { KnownComponent } from '../../../card/known-components/index.ts';
import { componentSpecOf } from '../assets/component-spec.ts';
import type { ComponentSpec } from '../assets/component-spec.ts';
import { finetunePipelineJobs } from './finetune-pipeline-jobs.ts';
import { standInEnvironmentName } from '../../jobs/choose-execution.ts';
import { isRegistry, registryName } from './registry-scope.ts';

/** The components of the registry that the product stands in for, each at the one version that it is pinned to. */
export const standInComponents: readonly KnownComponent[] = Object.values(registryComponents).flatMap(
  ({ name, version }) => {
    const known = findKnownComponent(name);
    return known?.version === version ? [known] : [];
  },
);

/** Of a version or of the label `latest`; undefined for what the twin's registry has not. */
export function findStandIn(
  registry: string,
  name: string,
  versionOrLabel: string,
): KnownComponent | undefined {
  if (!isRegistry(registry)) return undefined;
  return standInComponents.find(
    (component) =>
      component.name === name &&
      (component.version === versionOrLabel || versionOrLabel.toLowerCase() === 'latest'),
  );
}

/**
 * The interface is the published one, and of a pipeline its steps; command and environment are the stand-in's. Values
 * reach it as the variables `AZURE_ML_INPUT_…` and `AZURE_ML_OUTPUT_…`, so that no shell reads them.
 */
export function standInSpec(component: KnownComponent): ComponentSpec {
  const { name, version, type, inputs, outputs } = component;
  return {
    ...componentSpecOf({
      $schema: `https://azuremlschemas.azureedge.net/latest/${type}Component.schema.json`,
      name,
      version,
      type,
      display_name: name,
      description: `local stand-in for ${name} ${version} of the registry ${registryName}`,
      tags: { 'aml-deit.stand-in': 'true' },
      is_deterministic: true,
      inputs,
      outputs,
      ...(type === 'command'
        ? {
            command: `aml-deit component run ${name}`,
            environment: `azureml://registries/${registryName}/environments/${standInEnvironmentName}/versions/1`,
          }
        : { jobs: finetunePipelineJobs(registryName) }),
    }),
  };
}
