import { readFile } from 'node:fs/promises';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { scalarNames } from '../../metrics/index.ts';
import type { ScalarName } from '../../metrics/index.ts';

export interface EvaluationConfig {
  /** Figures and artifacts that are asked for; the task's own list when none are named. */
  readonly metrics?: readonly ScalarName[];
  readonly artifacts: readonly ArtifactName[];
  /** What is asked for and no figure. */
  readonly unknown: readonly string[];
  /** Above it `model_prediction` predicts a label of many. */
  readonly threshold: number;
  readonly positiveLabel?: string;
}

export const artifactNames = ['accuracy_table', 'confusion_matrix'] as const;
export type ArtifactName = (typeof artifactNames)[number];

/**
 * The component's `evaluation_config`: a JSON file with `metrics` and, for many labels, `threshold`; text of the same form
 * overrides it.
 *
 * @throws AmlDeitError FILE_NOT_FOUND, FILE_UNREADABLE; EVALUATION_DATA_INVALID when it is no such JSON, or names no figure at all.
 */
export async function readEvaluationConfig(
  file: string | undefined,
  text: string | undefined,
): Promise<EvaluationConfig> {
  const fromFile = file === undefined ? {} : parse(await readText(file), file);
  const given = {
    ...fromFile,
    ...(text === undefined || text.trim() === '' ? {} : parse(text, 'evaluation_config_params')),
  };
  const { metrics, threshold = 0.5, positive_label: positiveLabel } = given;
  if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 1))
    throw invalid(`threshold is ${JSON.stringify(threshold)}, expected a number from 0 to 1`);
  const label =
    typeof positiveLabel === 'string' || typeof positiveLabel === 'number'
      ? { positiveLabel: String(positiveLabel) }
      : {};
  if (metrics === undefined) return { artifacts: artifactNames, unknown: [], threshold, ...label };
  if (!Array.isArray(metrics) || !metrics.every((name) => typeof name === 'string'))
    throw invalid(`metrics is ${JSON.stringify(metrics)}, expected a list of names`);
  const names = new Set<string>(metrics);
  const scalars = scalarNames.filter((name) => names.has(name));
  const artifacts = artifactNames.filter((name) => names.has(name));
  const unknown = [...names].filter(
    (name) =>
      !(scalarNames as readonly string[]).includes(name) &&
      !(artifactNames as readonly string[]).includes(name),
  );
  if (scalars.length + artifacts.length === 0)
    throw invalid(`not one of the metrics is known: ${unknown.join(', ')}`);
  return { metrics: scalars, artifacts, unknown, threshold, ...label };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error) ?? 'unknown';
    throw code === 'ENOENT'
      ? new AmlDeitError('FILE_NOT_FOUND', `${file} does not exist`)
      : new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read (${code})`, { cause: error });
  }
}

function parse(text: string, place: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`${place} is not JSON: ${errorMessage(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${place} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function invalid(message: string): AmlDeitError {
  return new AmlDeitError('EVALUATION_DATA_INVALID', message);
}
