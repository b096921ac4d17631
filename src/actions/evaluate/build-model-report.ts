import { readFile } from 'node:fs/promises';
import {
  areaUnderRoc,
  averagePrecision,
  f1Score,
  pool,
  precision,
  precisionRecallCurve,
  rankColumn,
  recall,
  reliability,
  rocCurve,
  support,
  thresholdSweep,
  topKAccuracy,
} from '../../metrics/index.ts';
import type { Label, ProbabilityMatrix, Ranking } from '../../metrics/index.ts';
import { figuresOf } from '../component/compute-metrics.ts';
import { columnLabels } from './column-labels.ts';
import { maxMatrixClasses } from './confusion-chart.ts';
import type { Mistake, ModelReport, NamedCurve } from './evaluation-report.ts';
import { palette } from './line-chart.ts';

type Labels = Label | readonly Label[];

/** What one model's evaluation left. */
export interface ModelRows {
  readonly name: string;
  readonly task: 'multiclass' | 'multilabel';
  readonly truth: readonly Labels[];
  readonly predictions: readonly Labels[];
  readonly probabilities?: ProbabilityMatrix;
  /** As `compute_metrics` wrote them; null where undefined. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Labels of the data, in its label map's order. */
  readonly labelMap: readonly string[];
  /** The pictures of the rows, when they are known. */
  readonly pictures?: readonly { readonly name: string; readonly file: string }[];
}

const shownMistakes = 12;
const shownPairs = 30;
const thumbnailSize = 200;

/** Curves, counts and mistakes of one model, from the rows. @throws AmlDeitError EVALUATION_DATA_INVALID */
export async function buildModelReport(rows: ModelRows): Promise<ModelReport> {
  const { name, task, truth, predictions } = rows;
  const withoutNumber = rowsWithoutNumber(rows.probabilities);
  const probabilities = withoutNumber === 0 ? rows.probabilities : undefined;
  const figures = figuresOf(
    task,
    { truth, predictions, ...(probabilities === undefined ? {} : { probabilities }) },
    { metrics: [] },
  );
  const classes = figures.classes.map(String);
  const columns = probabilities && columnLabels(probabilities, predictions, classes, rows.labelMap);
  const notes: string[] = [];
  if (withoutNumber > 0)
    notes.push(
      `${withoutNumber} of ${truth.length} rows have probabilities that are no numbers: curves are left out, and the figures that need them are not to be relied on.`,
    );
  else if (probabilities === undefined)
    notes.push('There are no probabilities: curves and the metrics that need them are left out.');
  else if (columns === undefined)
    notes.push(
      `It is not known which labels the ${probabilities.columns} columns of probabilities are of: curves are left out.`,
    );
  if (figures.probabilitiesDropped !== undefined)
    notes.push(
      `Metrics that need probabilities are left out, as Azure ML leaves them out: ${figures.probabilitiesDropped === 'columns' ? `${probabilities?.columns} columns of probabilities for ${classes.length} labels in these rows` : 'predictions are not the likeliest labels'}.`,
    );

  const known = probabilities !== undefined && columns !== undefined ? { probabilities, columns } : undefined;
  const metrics: Record<string, number | null> = { ...rows.metrics };
  if (
    known !== undefined &&
    task === 'multiclass' &&
    known.columns.length > 5 &&
    metrics['top_5_accuracy'] === undefined
  )
    metrics['top_5_accuracy'] = topKAccuracy(
      Int32Array.from(truth, (label) => known.columns.indexOf(String(label))),
      known.probabilities,
      5,
    );
  const matrix =
    task === 'multiclass' && classes.length <= maxMatrixClasses
      ? ([...figures.confusionMatrix()] as number[][])
      : null;
  return {
    name,
    metrics,
    rows: truth.length,
    classes,
    perClass: figures.counts.map((count, index) => ({
      label: classes[index] ?? '',
      precision: precision(count),
      recall: recall(count),
      f1: f1Score(count),
      support: support(count),
    })),
    confusion: matrix,
    confusedPairs: task === 'multiclass' && matrix === null ? mostConfused(truth, predictions) : [],
    ...(known === undefined
      ? { roc: [], precisionRecall: [], reliability: null, sweep: [] }
      : curvesOf(rows, known)),
    mistakes: await worstMistakes(rows, known),
    notes,
  };
}

function rowsWithoutNumber(probabilities: ProbabilityMatrix | undefined): number {
  if (probabilities === undefined) return 0;
  const { values, columns } = probabilities;
  let count = 0;
  for (let from = 0; from < values.length; from += columns)
    if (values.subarray(from, from + columns).some((value) => !Number.isFinite(value))) count += 1;
  return count;
}

interface KnownColumns {
  readonly probabilities: ProbabilityMatrix;
  readonly columns: readonly string[];
}

function listOf(labels: Labels): readonly string[] {
  return (typeof labels === 'object' ? labels : [labels]).map(String);
}

function curvesOf(
  { truth, predictions, task }: ModelRows,
  { probabilities, columns }: KnownColumns,
): Pick<ModelReport, 'roc' | 'precisionRecall' | 'reliability' | 'sweep'> {
  const sets = truth.map((labels) => new Set(listOf(labels)));
  const rankings = columns.map((label, column) => ({
    name: label,
    ranking: rankColumn(probabilities, column, (row) => sets[row]!.has(label)),
  }));
  const all = { name: 'all labels', ranking: pool(rankings.map(({ ranking }) => ranking)) };
  const present = rankings.filter(({ ranking }) => ranking.positives.length > 0);
  // More than the palette tells apart are not drawn: then the labels that are ranked worst.
  const lines = palette.length - 1;
  const drawn = (value: (ranking: Ranking) => number): typeof present =>
    present.length <= lines
      ? present
      : [...present].sort((a, b) => value(a.ranking) - value(b.ranking)).slice(0, lines);
  const curves = (
    value: (ranking: Ranking) => number,
    curve: (ranking: Ranking) => NamedCurve['points'],
  ): NamedCurve[] =>
    [all, ...drawn(value)]
      .map(({ name, ranking }) => ({ name, points: curve(ranking), value: value(ranking) }))
      .filter(({ points }) => points.length > 0);
  const flat = (row: number, label: string): number =>
    probabilities.values[row * columns.length + columns.indexOf(label)] ?? 0;
  const claims =
    task === 'multiclass'
      ? predictions.map((predicted, row) => ({
          confidence: flat(row, String(predicted)),
          right: sets[row]!.has(String(predicted)),
        }))
      : Array.from(probabilities.values, (confidence, at) => ({
          confidence,
          right: sets[Math.floor(at / columns.length)]!.has(columns[at % columns.length] ?? ''),
        }));
  return {
    roc: curves(areaUnderRoc, rocCurve),
    precisionRecall: curves(averagePrecision, precisionRecallCurve),
    reliability: reliability(
      claims.map(({ confidence }) => confidence),
      claims.map(({ right }) => right),
    ),
    sweep: task === 'multilabel' ? thresholdSweep(all.ranking) : [],
  };
}

function mostConfused(
  truth: readonly Labels[],
  predictions: readonly Labels[],
): ModelReport['confusedPairs'] {
  const pairs = new Map<string, { truth: string; predicted: string; count: number }>();
  for (const [row, label] of truth.entries()) {
    const [is, said] = [String(label), String(predictions[row])];
    if (is === said) continue;
    const key = JSON.stringify([is, said]);
    const pair = pairs.get(key) ?? { truth: is, predicted: said, count: 0 };
    pair.count += 1;
    pairs.set(key, pair);
  }
  return [...pairs.values()].sort((a, b) => b.count - a.count).slice(0, shownPairs);
}

/** Those of which the model was surest; without probabilities the first. */
async function worstMistakes(rows: ModelRows, known: KnownColumns | undefined): Promise<Mistake[]> {
  const wrong = rows.truth.flatMap((labels, row) => {
    const truth = listOf(labels);
    const predicted = listOf(rows.predictions[row] ?? []);
    const missed = truth.filter((label) => !predicted.includes(label));
    const invented = predicted.filter((label) => !truth.includes(label));
    if (missed.length + invented.length === 0) return [];
    const probability = (label: string): number =>
      known === undefined
        ? NaN
        : (known.probabilities.values[row * known.columns.length + known.columns.indexOf(label)] ?? NaN);
    const sureness = [
      ...invented.map(probability),
      ...(rows.task === 'multilabel' ? missed.map((label) => 1 - probability(label)) : []),
    ];
    return [
      { row, truth, predicted, confidence: Math.max(0, ...sureness.filter((value) => !Number.isNaN(value))) },
    ];
  });
  wrong.sort((a, b) => b.confidence - a.confidence || a.row - b.row);
  return Promise.all(
    wrong.slice(0, shownMistakes).map(async ({ row, truth, predicted, confidence }) => {
      const picture = rows.pictures?.[row];
      return {
        picture: picture?.name ?? null,
        truth,
        predicted,
        confidence,
        thumbnail: picture === undefined ? null : await thumbnailOf(picture.file),
      };
    }),
  );
}

async function thumbnailOf(file: string): Promise<string | null> {
  const { thumbnail } = await import('../../vision/index.ts');
  const bytes = await readFile(file).catch(() => undefined);
  // The report is about the figures: a picture that cannot be shown is no reason to have none.
  const small =
    bytes === undefined ? undefined : await thumbnail(bytes, thumbnailSize).catch(() => undefined);
  return small === undefined ? null : `data:image/jpeg;base64,${Buffer.from(small).toString('base64')}`;
}
