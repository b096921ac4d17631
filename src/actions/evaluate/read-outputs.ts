import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { readLabelColumn, readProbabilities } from '../../training/evaluation/index.ts';
import type { ModelRows } from './build-model-report.ts';

/** Names of what an evaluation leaves. */
export const outputNames = [
  'evaluation_result',
  'predictions',
  'prediction_probabilities',
  'ground_truth',
] as const;

/**
 * Reads what `model_prediction` and `compute_metrics` wrote into a folder, each output under its name.
 *
 * @throws AmlDeitError EVALUATION_DATA_INVALID for what is missing or of another form.
 */
export async function readOutputs(
  directory: string,
): Promise<Pick<ModelRows, 'truth' | 'predictions' | 'probabilities' | 'metrics'>> {
  const at = (name: (typeof outputNames)[number]): string => join(directory, name);
  const file = join(at('evaluation_result'), 'evaluationResult', 'metrics.json');
  let metrics: Record<string, number | null>;
  try {
    const text = await readFile(file, 'utf8');
    metrics = JSON.parse(text.replaceAll(/:\s*-?(?:NaN|Infinity)\b/g, ': null')) as Record<
      string,
      number | null
    >;
  } catch (error) {
    throw new AmlDeitError('EVALUATION_DATA_INVALID', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return {
    metrics,
    truth: await readLabelColumn(at('ground_truth'), undefined),
    predictions: await readLabelColumn(at('predictions'), undefined),
    probabilities: await readProbabilities(at('prediction_probabilities')),
  };
}
