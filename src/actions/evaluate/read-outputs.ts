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

/** Of the figures, below a job's outputs. */
export const metricsFile = ['evaluation_result', 'evaluationResult', 'metrics.json'] as const;

/**
 * Reads what `model_prediction` and `compute_metrics` wrote into a folder, each output under its name.
 *
 * @throws AmlDeitError EVALUATION_DATA_INVALID for what is missing or of another form.
 */
export async function readOutputs(
  directory: string,
): Promise<Pick<ModelRows, 'truth' | 'predictions' | 'probabilities' | 'metrics'>> {
  const at = (name: (typeof outputNames)[number]): string => join(directory, name);
  return {
    metrics: await readMetrics(join(directory, ...metricsFile)),
    truth: await readLabelColumn(at('ground_truth'), undefined),
    predictions: await readLabelColumn(at('predictions'), undefined),
    probabilities: await readProbabilities(at('prediction_probabilities')),
  };
}

/** The figures by name. Python writes NaN and infinities, which JSON has not: what is no finite number is undefined. */
async function readMetrics(file: string): Promise<Record<string, number | null>> {
  let read: unknown;
  try {
    const text = await readFile(file, 'utf8');
    read = JSON.parse(text.replaceAll(/(?<=:\s*)-?(?:NaN|Infinity)\b/g, 'null'));
  } catch (error) {
    throw new AmlDeitError('EVALUATION_DATA_INVALID', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new AmlDeitError('EVALUATION_DATA_INVALID', `${file} is no object of figures`);
  return Object.fromEntries(
    Object.entries(read).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number' && Number.isFinite(value) ? value : null,
    ]),
  );
}
