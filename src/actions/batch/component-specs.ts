import type { DesiredBatchDeployment } from '../../rollout/index.ts';

/** Names of the two components that a container serving consists of; their version is their content's hash. */
export const scoreComponent = 'deit_batch_score';
export const pipelineComponent = 'deit_batch';

/** Input and output of the pipeline, as `generate batch` names them. */
export const batchInput = 'images';
export const batchOutput = 'predictions';

interface SpecOptions {
  readonly version: string;
  readonly deployment: DesiredBatchDeployment;
}

/** The scorer on every node: Azure ML sets the rank variables because the distribution is declared. */
export function scoreComponentSpec(options: SpecOptions & { readonly environmentId: string }): object {
  const { version, deployment, environmentId } = options;
  const { instanceType: size, processCount = 1 } = deployment.settings;
  return {
    $schema: 'https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json',
    type: 'command',
    name: scoreComponent,
    version,
    display_name: 'DeiT batch scorer',
    description: 'Classifies its share of the pictures of a folder.',
    // The same folder may hold other pictures next time.
    is_deterministic: false,
    inputs: {
      [batchInput]: { type: 'uri_folder', description: 'Pictures, at any depth.' },
      model: { type: 'custom_model', description: 'Model package made by aml-deit model export.' },
    },
    outputs: {
      [batchOutput]: { type: 'uri_folder', description: 'One row for each picture.' },
    },
    environment: `azureml:${environmentId}`,
    command: String(deployment.settings['command']),
    distribution: { type: 'pytorch', process_count_per_instance: processCount },
    resources: {
      instance_count: deployment.instanceCount,
      ...(size === undefined ? {} : { instance_type: size }),
    },
  };
}

export function pipelineComponentSpec(
  options: SpecOptions & { readonly componentId: string; readonly modelId: string },
): object {
  const { version, componentId, modelId } = options;
  return {
    $schema: 'https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json',
    type: 'pipeline',
    name: pipelineComponent,
    version,
    display_name: 'DeiT batch scoring',
    description: 'Classifies the pictures of a folder on every node of a cluster.',
    is_deterministic: false,
    inputs: { [batchInput]: { type: 'uri_folder', description: 'Pictures, at any depth.' } },
    outputs: { [batchOutput]: { type: 'uri_folder', description: 'One row for each picture.' } },
    jobs: {
      score: {
        name: 'score',
        type: 'command',
        componentId,
        _source: 'REMOTE.WORKSPACE.COMPONENT',
        inputs: {
          [batchInput]: { job_input_type: 'literal', value: `\${{parent.inputs.${batchInput}}}` },
          model: { job_input_type: 'custom_model', uri: modelId },
        },
        outputs: { [batchOutput]: { type: 'literal', value: `\${{parent.outputs.${batchOutput}}}` } },
      },
    },
  };
}
