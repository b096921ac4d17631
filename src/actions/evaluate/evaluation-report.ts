import type { GateOutcome } from './gate.ts';
import type { CurvePoint, Reliability, SweepPoint } from '../../metrics/index.ts';

export interface NamedCurve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** The area under it, or the average precision. */
  readonly value: number;
}

/** A label against the rest. */
export interface ClassRow {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

export interface Mistake {
  /** Path of the picture in the test data; null when the rows cannot be told apart. */
  readonly picture: string | null;
  readonly truth: readonly string[];
  readonly predicted: readonly string[];
  /** Of what was wrongly predicted, or wrongly left out: how sure the model was. */
  readonly confidence: number;
  /** `data:image/jpeg;base64,…`; null without the picture. */
  readonly thumbnail: string | null;
}

export interface ModelReport {
  readonly name: string;
  /** By name; null where a figure is undefined. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly rows: number;
  readonly classes: readonly string[];
  readonly perClass: readonly ClassRow[];
  /** Rows are the truth; null for many labels, or for more classes than can be shown. */
  readonly confusion: readonly (readonly number[])[] | null;
  /** The most frequent confusions, when there are too many classes for a matrix. */
  readonly confusedPairs: readonly {
    readonly truth: string;
    readonly predicted: string;
    readonly count: number;
  }[];
  readonly roc: readonly NamedCurve[];
  readonly precisionRecall: readonly NamedCurve[];
  readonly reliability: Reliability | null;
  readonly sweep: readonly SweepPoint[];
  readonly mistakes: readonly Mistake[];
  /** What a reader has to know about the figures. */
  readonly notes: readonly string[];
}

/** Who computed it: what is simulated is said to be. */
export type EvaluationPlace = 'azure' | 'twin' | 'here';

export const placeText = {
  azure: 'by jobs of Azure ML',
  twin: 'by jobs of the local twin: the figures are real, the cluster is simulated',
  here: 'on this machine, without a job',
} as const satisfies Record<EvaluationPlace, string>;

/** Everything a report shows. */
export interface EvaluationReport {
  readonly schemaVersion: 1;
  readonly task: 'multiclass' | 'multilabel';
  readonly testData: string;
  readonly models: readonly ModelReport[];
  /** What the card states for ImageNet, in percent, where the test data is ImageNet's; null elsewhere. */
  readonly card: { readonly top1Percent: number; readonly top5Percent: number } | null;
  readonly gate: readonly GateOutcome[];
  readonly place: EvaluationPlace;
}
