import { AmlDeitError } from '../../errors/index.ts';
import { multiclassMetrics, multilabelMetrics, topKAccuracy } from '../../metrics/index.ts';
import type { EvaluationFigures, EvaluationOptions, Label, ProbabilityMatrix } from '../../metrics/index.ts';
import {
  readEvaluationConfig,
  readLabelColumn,
  readProbabilities,
  writeEvaluationResult,
} from '../../training/evaluation/index.ts';
import type { ComponentInputs } from './component-values.ts';
import type { StandIn } from './stand-in.ts';

/** `image-classification` or `image-classification-multilabel`, in our words. */
export function evaluationTask(inputs: ComponentInputs): 'multiclass' | 'multilabel' {
  const task = inputs.requiredText('task');
  if (task === 'image-classification') return 'multiclass';
  if (task === 'image-classification-multilabel') return 'multilabel';
  throw new AmlDeitError(
    'COMPONENT_INPUT_INVALID',
    `task is "${task}", and only image classification is done here`,
  );
}

/**
 * `compute_metrics`: every figure of the task as azureml-metrics computes it, in the component's own files and logged to
 * its run. `top_5_accuracy` is an addition of ours.
 */
export const computeMetrics: StandIn = async ({ inputs, outputs, mlflow, say, signal }) => {
  const task = evaluationTask(inputs);
  const config = await readEvaluationConfig(
    inputs.path('evaluation_config'),
    inputs.text('evaluation_config_params'),
  );
  if (config.unknown.length > 0) say(`no such metrics, left out: ${config.unknown.join(', ')}`);
  const truth = await readLabelColumn(
    inputs.requiredPath('ground_truth'),
    inputs.text('ground_truth_column_name'),
    signal,
  );
  const predictions = await readLabelColumn(
    inputs.requiredPath('prediction'),
    inputs.text('prediction_column_name'),
    signal,
  );
  const place = inputs.path('prediction_probabilities');
  const probabilities = place === undefined ? undefined : await readProbabilities(place, signal);
  say(
    `${truth.length} rows${probabilities === undefined ? '' : `, ${probabilities.columns} probabilities each`}`,
  );

  const options: EvaluationOptions = {
    ...(config.metrics === undefined ? {} : { metrics: config.metrics }),
    ...(config.positiveLabel === undefined ? {} : { positiveLabel: config.positiveLabel }),
  };
  const figures = figuresOf(
    task,
    { truth, predictions, ...(probabilities === undefined ? {} : { probabilities }) },
    options,
  );
  if (figures.probabilitiesDropped === 'columns')
    say(
      `the probabilities have ${probabilities?.columns} columns and the rows ${figures.classes.length} labels: what needs probabilities is left out`,
    );
  if (figures.probabilitiesDropped === 'argmax')
    say(
      'the predictions are not the likeliest labels in the order of the columns: what needs probabilities is left out',
    );
  const scalars: Record<string, number> = { ...figures.scalars };
  if (
    task === 'multiclass' &&
    probabilities !== undefined &&
    figures.probabilitiesDropped === undefined &&
    figures.classes.length > 5
  ) {
    const columns = new Map(figures.classes.map((label, index) => [String(label), index]));
    scalars['top_5_accuracy'] = topKAccuracy(
      Int32Array.from(truth, (label) => columns.get(String(label)) ?? -1),
      probabilities,
      5,
    );
  }
  for (const [name, value] of Object.entries(scalars))
    say(`${name} ${Number.isNaN(value) ? 'is undefined here' : value}`);
  await mlflow.metrics(Object.entries(scalars).map(([name, value]) => ({ name, value, step: 0 })));
  await writeEvaluationResult(outputs['evaluation_result'] ?? '', scalars, figures, config.artifacts);
};

type Labels = Label | readonly Label[];

/** @throws AmlDeitError EVALUATION_DATA_INVALID for rows of the other task. */
export function figuresOf(
  task: 'multiclass' | 'multilabel',
  rows: {
    readonly truth: readonly Labels[];
    readonly predictions: readonly Labels[];
    readonly probabilities?: ProbabilityMatrix;
  },
  options: EvaluationOptions,
): EvaluationFigures {
  const given = rows.probabilities === undefined ? {} : { probabilities: rows.probabilities };
  if (task === 'multiclass')
    return multiclassMetrics(
      { truth: rows.truth.map(single), predictions: rows.predictions.map(single), ...given },
      options,
    );
  return multilabelMetrics(
    { truth: rows.truth.map(several), predictions: rows.predictions.map(several), ...given },
    options,
  );
}

function single(labels: Labels, row: number): Label {
  if (typeof labels !== 'object') return labels;
  throw new AmlDeitError('EVALUATION_DATA_INVALID', `row ${row} has ${labels.length} labels, expected one`, {
    hint: 'for many labels the task is image-classification-multilabel',
  });
}

/** The component reads the text of a Python list as one; a word is one label. */
function several(labels: Labels): readonly Label[] {
  if (typeof labels === 'object') return labels;
  const list = /^\s*\[(.*)\]\s*$/s.exec(String(labels))?.[1];
  if (list === undefined) return [labels];
  return [...list.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(([, a, b]) =>
    (a ?? b ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}
