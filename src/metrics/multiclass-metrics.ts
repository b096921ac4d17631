import { AmlDeitError } from '../errors/index.ts';
import { accuracyTable } from './accuracy-table.ts';
import { average, f1Score, jaccard, precision, recall, support, weightedMean } from './class-counts.ts';
import type { ClassCount, ClassFigure } from './class-counts.ts';
import { confusionMatrix, countClasses, matthewsCorrelation } from './confusion.ts';
import type { EvaluationFigures, EvaluationOptions } from './evaluation-figures.ts';
import { encodeLabels } from './labels.ts';
import type { Label } from './labels.ts';
import { logLoss } from './log-loss.ts';
import { defaultScalars, needsProbabilities } from './metric-names.ts';
import type { ScalarName } from './metric-names.ts';
import { normMacroRecall } from './norm-macro-recall.ts';
import { argmax, checkFinite } from './probability-matrix.ts';
import type { ProbabilityMatrix } from './probability-matrix.ts';
import { areaUnderRoc, averagePrecision, pool, rankColumn } from './ranking.ts';
import type { Ranking } from './ranking.ts';

export interface MulticlassRows {
  readonly truth: readonly Label[];
  readonly predictions: readonly Label[];
  /** Columns in the order of the sorted classes of truth and predictions; of another number they are dropped. */
  readonly probabilities?: ProbabilityMatrix;
}

/**
 * The figures of rows that have one label each, as azureml-metrics computes them.
 *
 * @throws AmlDeitError EVALUATION_DATA_INVALID for no rows, columns of different length, or a probability that is no
 *   finite number.
 */
export function multiclassMetrics(rows: MulticlassRows, options: EvaluationOptions = {}): EvaluationFigures {
  const count = rows.truth.length;
  checkLengths(count, rows.predictions.length, rows.probabilities);
  const { classes, indexOf } = encodeLabels(rows.truth, rows.predictions);
  const truth = Int32Array.from(rows.truth, (label) => indexOf.get(label) ?? 0);
  const predicted = Int32Array.from(rows.predictions, (label) => indexOf.get(label) ?? 0);
  const dropped = whyDropped(rows.probabilities, classes.length, predicted);
  const probabilities = dropped === undefined ? rows.probabilities : undefined;
  if (probabilities !== undefined) checkFinite(probabilities);

  const names = options.metrics ?? defaultScalars.multiclass;
  const positive = positiveClass(classes, indexOf, options.positiveLabel);
  const counts = countClasses(truth, predicted, classes.length);
  const figures = {
    ...labelFigures(counts, truth, positive),
    ...(probabilities && probabilityFigures(probabilities, truth, counts, positive)),
  };
  const scalars: Record<string, number> = {};
  for (const name of names) {
    const figure = figures[name];
    if (figure !== undefined) scalars[name] = figure();
    else if (!needsProbabilities(name)) scalars[name] = NaN;
  }
  return {
    classes,
    scalars,
    counts,
    ...(dropped === undefined ? {} : { probabilitiesDropped: dropped }),
    confusionMatrix: () => confusionMatrix(truth, predicted, classes.length),
    accuracyTable:
      probabilities === undefined
        ? undefined
        : () =>
            accuracyTable(
              classes,
              probabilities,
              columnRankings(probabilities, truth),
              (index) => support(counts[index]!) > 0,
            ),
  };
}

type Figures = Partial<Record<ScalarName, () => number>>;

function labelFigures(
  counts: readonly ClassCount[],
  truth: Int32Array,
  positive: number | undefined,
): Figures {
  const rows = truth.length;
  const hits = counts.reduce((sum, { truePositives }) => sum + truePositives, 0);
  const binary = (figure: ClassFigure): number => (positive === undefined ? NaN : figure(counts[positive]!));
  return {
    accuracy: () => hits / rows,
    // Each row weighs as much as its class has rows.
    weighted_accuracy: () =>
      counts.reduce((sum, count) => sum + support(count) * count.truePositives, 0) /
      counts.reduce((sum, count) => sum + support(count) ** 2, 0),
    balanced_accuracy: () => average(counts, recall, 'macro'),
    matthews_correlation: () => matthewsCorrelation(counts, rows),
    f1_score_binary: () => binary(f1Score),
    precision_score_binary: () => binary(precision),
    recall_score_binary: () => binary(recall),
    ...averagesOf('f1_score', counts, f1Score),
    ...averagesOf('precision_score', counts, precision),
    ...averagesOf('recall_score', counts, recall),
    ...averagesOf('iou', counts, jaccard),
  };
}

/** `{name}_macro`, `_micro` and `_weighted`. */
export function averagesOf(
  name: 'f1_score' | 'precision_score' | 'recall_score' | 'iou',
  counts: readonly ClassCount[],
  figure: ClassFigure,
): Figures {
  return {
    [`${name}_macro`]: () => average(counts, figure, 'macro'),
    [`${name}_micro`]: () => average(counts, figure, 'micro'),
    [`${name}_weighted`]: () => average(counts, figure, 'weighted'),
  };
}

function probabilityFigures(
  probabilities: ProbabilityMatrix,
  truth: Int32Array,
  counts: readonly ClassCount[],
  positive: number | undefined,
): Figures {
  const classCount = probabilities.columns;
  let cached: Ranking[] | undefined;
  const rankings = (): Ranking[] => (cached ??= columnRankings(probabilities, truth));
  const inTruth = counts.map((count) => support(count) > 0);
  const present = inTruth.flatMap((is, index) => (is ? [index] : []));
  // Of two classes both count; of more only those that the truth has.
  const scored = classCount > 2 ? present : counts.map((_, index) => index);
  const weights = scored.map((index) => support(counts[index]!));
  const single = classCount === 1;
  let cachedMicro: Ranking | undefined;
  const micro = (): Ranking => (cachedMicro ??= pool(rankings()));
  const auc = (weighted: boolean): number =>
    present.length < 2
      ? NaN
      : weightedMean(
          scored.map((index) => areaUnderRoc(rankings()[index]!)),
          weighted ? weights : undefined,
        );
  const precisionOver = (weighted: boolean): number =>
    // One class has one column of probabilities and two of truth: the mean works out, with weights it does not.
    single && weighted
      ? NaN
      : weightedMean(
          scored.map((index) => averagePrecision(rankings()[index]!)),
          weighted ? weights : undefined,
        );
  return {
    AUC_macro: () => auc(false),
    AUC_weighted: () => auc(true),
    AUC_micro: () => (single ? NaN : areaUnderRoc(micro())),
    AUC_binary: () => (positive === undefined ? NaN : areaUnderRoc(rankings()[positive]!)),
    average_precision_score_macro: () => precisionOver(false),
    average_precision_score_weighted: () => precisionOver(true),
    average_precision_score_micro: () => (single ? NaN : averagePrecision(micro())),
    average_precision_score_binary: () =>
      positive === undefined ? NaN : averagePrecision(rankings()[positive]!),
    log_loss: () => (single ? NaN : logLoss(probabilities, (row, column) => truth[row] === column)),
    norm_macro_recall: () => (single ? 1 : normMacroRecallOf(probabilities, truth, scored)),
  };
}

/** Among the scored columns: which is likeliest there, against where the truth lies. */
function normMacroRecallOf(
  { values, columns }: ProbabilityMatrix,
  truth: Int32Array,
  scored: readonly number[],
): number {
  if (scored.length === 1) return 0;
  const place = new Int32Array(columns).fill(-1);
  for (const [index, column] of scored.entries()) place[column] = index;
  const likeliest = new Int32Array(truth.length);
  for (let row = 0; row < truth.length; row += 1) {
    let best = 0;
    for (let index = 1; index < scored.length; index += 1) {
      if (values[row * columns + scored[index]!]! > values[row * columns + scored[best]!]!) best = index;
    }
    likeliest[row] = best;
  }
  return normMacroRecall(
    truth.map((column) => place[column]!),
    likeliest,
    scored.length,
  );
}

/** One ranking a column: the column's class against the rest. */
function columnRankings(probabilities: ProbabilityMatrix, truth: Int32Array): Ranking[] {
  return Array.from({ length: probabilities.columns }, (_, column) =>
    rankColumn(probabilities, column, (row) => truth[row] === column),
  );
}

function positiveClass(
  classes: readonly Label[],
  indexOf: ReadonlyMap<Label, number>,
  label: Label | undefined,
): number | undefined {
  if (label !== undefined) return indexOf.get(label);
  return classes.length === 2 ? 1 : undefined;
}

function whyDropped(
  probabilities: ProbabilityMatrix | undefined,
  classCount: number,
  predicted: Int32Array,
): EvaluationFigures['probabilitiesDropped'] {
  if (probabilities === undefined) return undefined;
  const { values, columns } = probabilities;
  if (columns !== classCount) return 'columns';
  const agrees = predicted.every((column, row) => argmax(values, row * columns, columns) === column);
  return agrees ? undefined : 'argmax';
}

/** @throws AmlDeitError EVALUATION_DATA_INVALID */
export function checkLengths(
  truth: number,
  predictions: number,
  probabilities: ProbabilityMatrix | undefined,
): void {
  if (truth === 0) throw new AmlDeitError('EVALUATION_DATA_INVALID', 'there are no rows to evaluate');
  if (predictions !== truth)
    throw new AmlDeitError(
      'EVALUATION_DATA_INVALID',
      `there are ${predictions} predictions for ${truth} rows of truth`,
    );
  if (probabilities === undefined) return;
  const rows = probabilities.values.length / probabilities.columns;
  if (rows !== truth)
    throw new AmlDeitError(
      'EVALUATION_DATA_INVALID',
      `there are ${rows} rows of probabilities for ${truth} rows of truth`,
    );
}
