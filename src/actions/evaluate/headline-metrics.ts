import { scalarNames } from '../../metrics/index.ts';
import type { ModelReport } from './evaluation-report.ts';

/** What a reader looks at first. */
export const headlineMetrics = {
  multiclass: ['accuracy', 'top_5_accuracy', 'balanced_accuracy', 'f1_score_macro', 'AUC_macro', 'log_loss'],
  multilabel: [
    'iou',
    'accuracy',
    'f1_score_micro',
    'f1_score_macro',
    'AUC_macro',
    'average_precision_score_macro',
  ],
} as const;

/** Every metric that one of the models has, in one order. */
export function shownMetrics(models: readonly ModelReport[]): string[] {
  const present = new Set(models.flatMap(({ metrics }) => Object.keys(metrics)));
  const known = ['top_5_accuracy', ...scalarNames].filter((name) => present.has(name));
  return [...known, ...[...present].filter((name) => !known.includes(name)).sort()];
}
