/** What Azure ML calls the task `image-classification` and `image-classification-multilabel`. */
export type DataTask = 'multiclass' | 'multilabel';

export type DataLayout = 'folders' | 'csv' | 'jsonl';

/** A row as a source names it: a picture and its labels. */
export interface LabelledFile {
  /** On this disk. */
  readonly file: string;
  /** Below the source, with forward slashes: what the picture is called from here on. */
  readonly name: string;
  /** One for multiclass, in the order in which they were given. */
  readonly labels: readonly string[];
}

/** Why something of the source is not in the data. */
export interface SkippedFile {
  readonly name: string;
  readonly reason: 'not-a-picture' | 'damaged' | 'channels' | 'missing' | 'no-label' | 'link';
  readonly text: string;
}

export interface LabelledSource {
  readonly layout: DataLayout;
  readonly rows: readonly LabelledFile[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Labels are compared in Unicode's composed form: macOS hands out folder names decomposed, and "é" would be two classes.
 * White space around them is nobody's intent.
 */
export function normalizeLabel(label: string): string {
  return label.normalize('NFC').trim();
}
