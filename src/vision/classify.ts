import type { ModelManifest } from './model-package.ts';

export type Task = ModelManifest['task'];

/**
 * Logits of one picture to probabilities: softmax for multiclass, a sigmoid each for multilabel. Softmax subtracts
 * the largest logit first, so that no exponent overflows.
 */
export function probabilities(logits: Float32Array, task: Task): number[] {
  if (task === 'multilabel') return Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponents = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = exponents.reduce((a, b) => a + b, 0);
  return exponents.map((exponent) => exponent / sum);
}

/** One picture's answer as the card states it: every class, in id2label order, unsorted. */
export interface Classification {
  readonly probs: readonly number[];
  readonly labels: readonly string[];
}

/** Rows of logits (float32 [count, labels]) to one {@link Classification} each. */
export function classify(
  logits: Float32Array,
  manifest: Pick<ModelManifest, 'task' | 'labels'>,
): Classification[] {
  const { task, labels } = manifest;
  return Array.from({ length: logits.length / labels.length }, (_, row) => ({
    probs: probabilities(logits.subarray(row * labels.length, (row + 1) * labels.length), task),
    labels,
  }));
}
