import type { AccuracyTable } from './accuracy-table.ts';
import type { ClassCount } from './class-counts.ts';
import type { Label } from './labels.ts';
import type { ScalarName } from './metric-names.ts';

export interface EvaluationOptions {
  /** All of the task's by default. */
  readonly metrics?: readonly ScalarName[];
  /** For the `*_binary` figures, which are NaN without it unless there are two classes; then it is the second. */
  readonly positiveLabel?: Label;
}

export interface EvaluationFigures {
  /** Sorted: those of the truth and of the predictions. */
  readonly classes: readonly Label[];
  /** By name. NaN where a figure is undefined; absent where it needs probabilities and there are none. */
  readonly scalars: Readonly<Partial<Record<ScalarName, number>>>;
  /** Class by class, as the predictions have it. */
  readonly counts: readonly ClassCount[];
  /** Why probabilities were given and not used: another number of columns, or another likeliest class. */
  readonly probabilitiesDropped?: 'columns' | 'argmax';
  /**
   * Of one label a row `[truth][prediction]`, a row at a time, for all of 10,000 classes would fill the memory; of many
   * one `[[TN, FP], [FN, TP]]` a class.
   */
  readonly confusionMatrix: () => Iterable<number[] | number[][]>;
  readonly accuracyTable: (() => AccuracyTable) | undefined;
}
