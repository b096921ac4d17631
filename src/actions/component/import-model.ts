import { cp } from 'node:fs/promises';
import { AmlDeitError } from '../../errors/index.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import type { StandIn } from './stand-in.ts';

/**
 * `transformers_image_classification_model_import`: the checkpoint of the model that was given, and nothing else of it.
 * Nothing is downloaded from anywhere.
 */
export const importModel: StandIn = async ({ inputs, outputs, say }) => {
  // The component's own order of precedence.
  const model = inputs.path('pytorch_model') ?? inputs.path('mlflow_model');
  if (model === undefined) {
    const name = inputs.text('model_name');
    throw new AmlDeitError(
      'COMPONENT_INPUT_INVALID',
      name === undefined
        ? 'neither mlflow_model nor pytorch_model was given'
        : `model_name is "${name}": models are not downloaded here`,
      { hint: 'give mlflow_model: what `aml-deit local import-registry-model` or a job has put there' },
    );
  }
  const checkpoint = await findCheckpoint(model);
  say(`the model is ${checkpoint}`);
  await cp(checkpoint, outputs['output_dir'] ?? '', { recursive: true, dereference: false });
};
