import { cp } from 'node:fs/promises';
import { AmlDeitError } from '../../errors/index.ts';
import { findCheckpoint } from './find-checkpoint.ts';
import type { StandIn } from './stand-in.ts';

/**
 * `transformers_image_classification_model_import`: the model that was given, or the checkpoint that lies deeper in it.
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
  const source = (await isCheckpoint(model)) ? model : await findCheckpoint(model);
  say(`the model is ${source}`);
  await cp(source, outputs['output_dir'] ?? '', { recursive: true, dereference: false });
};

/** Whether the exporter reads the folder as it is: MLflow keeps the picture processor apart from the weights. */
async function isCheckpoint(model: string): Promise<boolean> {
  const { readCheckpoint } = await import('../../model/index.ts');
  try {
    await readCheckpoint(model);
    return true;
  } catch (error) {
    if (error instanceof AmlDeitError && error.kind === 'invalid') return false;
    throw error;
  }
}
