/** The figures of azureml-metrics, in the order in which they are shown. */
export const scalarNames = [
  'accuracy',
  'balanced_accuracy',
  'weighted_accuracy',
  'f1_score_macro',
  'f1_score_micro',
  'f1_score_weighted',
  'f1_score_binary',
  'precision_score_macro',
  'precision_score_micro',
  'precision_score_weighted',
  'precision_score_binary',
  'recall_score_macro',
  'recall_score_micro',
  'recall_score_weighted',
  'recall_score_binary',
  'AUC_macro',
  'AUC_micro',
  'AUC_weighted',
  'AUC_binary',
  'average_precision_score_macro',
  'average_precision_score_micro',
  'average_precision_score_weighted',
  'average_precision_score_binary',
  'iou',
  'iou_macro',
  'iou_micro',
  'iou_weighted',
  'log_loss',
  'matthews_correlation',
  'norm_macro_recall',
] as const;

export type ScalarName = (typeof scalarNames)[number];

const ofMulticlassOnly: ReadonlySet<string> = new Set(['weighted_accuracy', 'matthews_correlation']);

/** What is computed when no list is given: the component's own lists. */
export const defaultScalars: Readonly<Record<'multiclass' | 'multilabel', readonly ScalarName[]>> = {
  multiclass: scalarNames.filter((name) => !name.startsWith('iou')),
  multilabel: scalarNames.filter((name) => !ofMulticlassOnly.has(name)),
};

/** Left out, not NaN, when there are no probabilities or they are dropped. */
export function needsProbabilities(name: string): boolean {
  return /^(AUC|average_precision)_|^(log_loss|norm_macro_recall|accuracy_table)$/.test(name);
}
