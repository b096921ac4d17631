import { accuracyTable } from './accuracy-table.ts';
import {
  average,
  divide,
  f1Score,
  jaccard,
  precision,
  recall,
  support,
  weightedMean,
} from './class-counts.ts';
import type { ClassCount } from './class-counts.ts';
import { countClasses, matthewsCorrelation } from './confusion.ts';
import type { EvaluationFigures, EvaluationOptions } from './evaluation-figures.ts';
import { encodeLabels } from './labels.ts';
import type { Label } from './labels.ts';
import { binaryLogLoss, logLoss } from './log-loss.ts';
import { defaultScalars, needsProbabilities } from './metric-names.ts';
import type { ScalarName } from './metric-names.ts';
import { averagesOf, checkLengths } from './multiclass-metrics.ts';
import { normMacroRecall } from './norm-macro-recall.ts';
import { checkFinite } from './probability-matrix.ts';
import type { ProbabilityMatrix } from './probability-matrix.ts';
import { areaUnderRoc, averagePrecision, pool, rankColumn } from './ranking.ts';
import type { Ranking } from './ranking.ts';

export interface MultilabelRows {
  readonly truth: readonly (readonly Label[])[];
  /** Not looked at where probabilities are used: then a label is predicted where its probability is above 0.5. */
  readonly predictions: readonly (readonly Label[])[];
  /** Columns in the order of the sorted classes of truth and predictions; of another number they are dropped. */
  readonly probabilities?: ProbabilityMatrix;
}

/** A label is predicted above it, strictly, whatever threshold made the predictions. */
const decision = 0.5;

/**
 * The figures of rows that have any number of labels each, as azureml-metrics computes them for lists of labels.
 *
 * @throws AmlDeitError EVALUATION_DATA_INVALID for no rows, no label anywhere, columns of different length, or a
 *   probability that is no finite number.
 */
export function multilabelMetrics(rows: MultilabelRows, options: EvaluationOptions = {}): EvaluationFigures {
  const count = rows.truth.length;
  checkLengths(count, rows.predictions.length, rows.probabilities);
  const { classes, indexOf } = encodeLabels(rows.truth.flat(), rows.predictions.flat());
  const columns = classes.length;
  const truth = indicators(rows.truth, indexOf, columns);
  const probabilities = rows.probabilities?.columns === columns ? rows.probabilities : undefined;
  if (probabilities !== undefined) checkFinite(probabilities);
  const predicted =
    probabilities === undefined
      ? indicators(rows.predictions, indexOf, columns)
      : Uint8Array.from(probabilities.values, (value) => Number(value > decision));

  const counts = countColumns(truth, predicted, columns);
  const data: IndicatorRows = { truth, predicted, rows: count, columns, counts };
  const figures: Figures = {
    // A single label is to scikit-learn a question with two answers, and those that occur are its classes.
    ...(columns === 1 ? singleLabelFigures(data) : labelFigures(data)),
    ...(probabilities && probabilityFigures(probabilities, data)),
  };
  const scalars: Record<string, number> = {};
  for (const name of options.metrics ?? defaultScalars.multilabel) {
    const figure = figures[name];
    if (figure !== undefined) scalars[name] = figure();
    else if (!needsProbabilities(name) || probabilities !== undefined) scalars[name] = NaN;
  }
  return {
    classes,
    scalars,
    counts,
    ...(rows.probabilities === undefined || probabilities !== undefined
      ? {}
      : { probabilitiesDropped: 'columns' }),
    confusionMatrix: () => (columns === 1 ? answerCounts(data).counts : counts).map(twoByTwo),
    accuracyTable:
      probabilities === undefined
        ? undefined
        : // It looks for each label among the values of the indicators, 0 and 1, so text is never found there.
          () =>
            accuracyTable(
              classes,
              probabilities,
              rankColumns(probabilities, truth),
              (index) => truth.includes(Number(classes[index])) && typeof classes[index] === 'number',
            ),
  };
}

type Figures = Partial<Record<ScalarName, () => number>>;

interface IndicatorRows {
  /** `[rows, columns]` of 0 and 1. */
  readonly truth: Uint8Array;
  readonly predicted: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly counts: readonly ClassCount[];
}

function labelFigures({ truth, predicted, rows, columns, counts }: IndicatorRows): Figures {
  return {
    accuracy: () =>
      meanOfRows(rows, (row) => {
        const at = row * columns;
        for (let column = 0; column < columns; column += 1)
          if (truth[at + column] !== predicted[at + column]) return 0;
        return 1;
      }),
    iou: () =>
      meanOfRows(rows, (row) => {
        let [both, either] = [0, 0];
        for (let at = row * columns; at < (row + 1) * columns; at += 1) {
          both += truth[at]! & predicted[at]!;
          either += truth[at]! | predicted[at]!;
        }
        return divide(both, either);
      }),
    balanced_accuracy: () => average(counts, recall, 'macro'),
    ...averagesOf('f1_score', counts, f1Score),
    ...averagesOf('precision_score', counts, precision),
    ...averagesOf('recall_score', counts, recall),
    ...averagesOf('iou', counts, jaccard),
  };
}

function singleLabelFigures(data: IndicatorRows): Figures {
  const { counts } = answerCounts(data);
  const { rows } = data;
  const hits = counts.reduce((sum, { truePositives }) => sum + truePositives, 0);
  return {
    accuracy: () => hits / rows,
    weighted_accuracy: () =>
      counts.reduce((sum, count) => sum + support(count) * count.truePositives, 0) /
      counts.reduce((sum, count) => sum + support(count) ** 2, 0),
    balanced_accuracy: () => average(counts, recall, 'macro'),
    matthews_correlation: () => matthewsCorrelation(counts, rows),
    ...averagesOf('f1_score', counts, f1Score),
    ...averagesOf('precision_score', counts, precision),
    ...averagesOf('recall_score', counts, recall),
    ...averagesOf('iou', counts, jaccard),
  };
}

/** Of one column: "no" and "yes" as classes, those that occur. */
function answerCounts({ truth, predicted }: IndicatorRows): { readonly counts: readonly ClassCount[] } {
  const counts = countClasses(Int32Array.from(truth), Int32Array.from(predicted), 2);
  return { counts: counts.filter((count) => support(count) + count.falsePositives > 0) };
}

function probabilityFigures(probabilities: ProbabilityMatrix, data: IndicatorRows): Figures {
  const { truth, rows, columns, counts } = data;
  let cached: Ranking[] | undefined;
  const rankings = (): Ranking[] => (cached ??= rankColumns(probabilities, truth));
  const supports = counts.map(support);
  const present = supports.flatMap((rowsOfLabel, index) => (rowsOfLabel > 0 ? [index] : []));
  // Of one or two labels all count; of more only those that the truth has.
  const scored = columns > 2 ? present : supports.map((_, index) => index);
  const divided = scored.filter((index) => supports[index]! > 0 && supports[index]! < rows);
  let cachedMicro: Ranking | undefined;
  const micro = (): Ranking => (cachedMicro ??= pool(rankings()));
  const auc = (weighted: boolean): number => {
    if (present.length === 1 || divided.length === 0) return NaN;
    const values = divided.map((index) => areaUnderRoc(rankings()[index]!));
    return weightedMean(values, weighted ? divided.map((index) => supports[index]!) : undefined);
  };
  const precisionOver = (weighted: boolean): number => {
    if (scored.length === 0) return NaN;
    const values = scored.map((index) => averagePrecision(rankings()[index]!));
    return weightedMean(values, weighted ? scored.map((index) => supports[index]!) : undefined);
  };
  return {
    AUC_macro: () => auc(false),
    AUC_weighted: () => auc(true),
    AUC_micro: () => areaUnderRoc(micro()),
    average_precision_score_macro: () => precisionOver(false),
    average_precision_score_weighted: () => precisionOver(true),
    average_precision_score_micro: () => averagePrecision(micro()),
    log_loss: () =>
      columns === 1
        ? binaryLogLoss(probabilities.values, (row) => truth[row] === 1)
        : logLoss(probabilities, (row, column) => truth[row * columns + column] === 1),
    norm_macro_recall: () => normMacroRecallOf(probabilities, data, scored),
  };
}

/** Takes the first true label for the row's label and the likeliest for its prediction, as azureml-metrics does. */
function normMacroRecallOf(
  probabilities: ProbabilityMatrix,
  data: IndicatorRows,
  scored: readonly number[],
): number {
  if (scored.length === 0) return NaN;
  if (scored.length === 1) return 0;
  const largest = (values: Uint8Array | Float64Array, from: number): number => {
    let best = 0;
    for (let index = 1; index < scored.length; index += 1) {
      if (values[from + scored[index]!]! > values[from + scored[best]!]!) best = index;
    }
    return best;
  };
  const rows = Array.from({ length: data.rows }, (_, row) => row * data.columns);
  return normMacroRecall(
    Int32Array.from(rows, (from) => largest(data.truth, from)),
    Int32Array.from(rows, (from) => largest(probabilities.values, from)),
    scored.length,
  );
}

function rankColumns(probabilities: ProbabilityMatrix, truth: Uint8Array): Ranking[] {
  const { columns } = probabilities;
  return Array.from({ length: columns }, (_, column) =>
    rankColumn(probabilities, column, (row) => truth[row * columns + column] === 1),
  );
}

function indicators(
  rows: readonly (readonly Label[])[],
  indexOf: ReadonlyMap<Label, number>,
  columns: number,
): Uint8Array {
  const found = new Uint8Array(rows.length * columns);
  for (const [row, labels] of rows.entries()) {
    for (const label of labels) found[row * columns + (indexOf.get(label) ?? 0)] = 1;
  }
  return found;
}

function countColumns(truth: Uint8Array, predicted: Uint8Array, columns: number): ClassCount[] {
  return Array.from({ length: columns }, (_, column) => {
    const count = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
    for (let at = column; at < truth.length; at += columns) {
      if (truth[at] === 1) count[predicted[at] === 1 ? 'truePositives' : 'falseNegatives'] += 1;
      else count[predicted[at] === 1 ? 'falsePositives' : 'trueNegatives'] += 1;
    }
    return count;
  });
}

function twoByTwo(count: ClassCount): number[][] {
  return [
    [count.trueNegatives, count.falsePositives],
    [count.falseNegatives, count.truePositives],
  ];
}

function meanOfRows(rows: number, value: (row: number) => number): number {
  let sum = 0;
  for (let row = 0; row < rows; row += 1) sum += value(row);
  return sum / rows;
}
