import { csvLine } from '../../io/index.ts';
import { probabilities } from '../../vision/index.ts';
import type { ModelManifest } from '../../vision/index.ts';
import type { ScoredItem } from './score-items.ts';

/** What a row has of a picture: the best classes, every class, or what the classifier sees. */
export type RowContent =
  { readonly kind: 'top'; readonly k: number } | { readonly kind: 'all' } | { readonly kind: 'features' };

/** `jsonl` is always written: the others are made for readers that want them. */
export type RowFormatName = 'jsonl' | 'csv' | 'azureml';

/** One file that rows are written to. */
export interface RowFormat {
  readonly name: RowFormatName;
  readonly extension: 'jsonl' | 'csv';
  /** First line of each part. */
  readonly header: string;
  /** With its line feed; empty for a row that this file does not have. */
  line(row: ScoredItem): string;
}

/** Nine significant digits, as the scoring server answers: all that float32 has. */
const short = (value: number): number => Number(value.toPrecision(9));

export interface RankedClass {
  readonly label: string;
  readonly score: number;
}

/**
 * The k best classes, best first; equal ones in the order of the labels. A few are picked without sorting a thousand:
 * that would take longer than all else that is done with a row.
 */
export function bestClasses(probs: readonly number[], labels: readonly string[], k: number): RankedClass[] {
  const best: number[] = [];
  for (const [index, score] of probs.entries()) {
    if (best.length === k && score <= (probs[best.at(-1) ?? 0] ?? 0)) continue;
    let at = best.length;
    while (at > 0 && (probs[best[at - 1] ?? 0] ?? 0) < score) at -= 1;
    best.splice(at, 0, index);
    if (best.length > k) best.pop();
  }
  return best.map((index) => ({ label: labels[index] ?? '', score: short(probs[index] ?? 0) }));
}

export function rowFormats(
  names: readonly RowFormatName[],
  content: RowContent,
  manifest: Pick<ModelManifest, 'task' | 'labels' | 'architecture'>,
): readonly RowFormat[] {
  const makers = { jsonl: jsonlFormat, csv: csvFormat, azureml: azuremlFormat };
  return names.map((name) => makers[name](content, manifest));
}

type Facts = Pick<ModelManifest, 'task' | 'labels' | 'architecture'>;

function rowNumber({ item }: ScoredItem): { readonly row?: number } {
  return item.place.kind === 'row' ? { row: item.place.row } : {};
}

function jsonlFormat(content: RowContent, { task, labels }: Facts): RowFormat {
  const outcome = (row: ScoredItem): object => {
    if (!row.ok) return { error: { code: row.error.code, message: row.error.message } };
    if (content.kind === 'features') return { features: Array.from(row.features, short) };
    const probs = probabilities(row.logits, task);
    return content.kind === 'all'
      ? { probs: probs.map(short) }
      : { classes: bestClasses(probs, labels, content.k) };
  };
  return {
    name: 'jsonl',
    extension: 'jsonl',
    header: '',
    line: (row) => {
      const { id, idBytes } = row.item;
      return `${JSON.stringify({ id, ...(idBytes === undefined ? {} : { idBytes }), ...rowNumber(row), ...outcome(row) })}\n`;
    },
  };
}

function csvFormat(content: RowContent, { task, labels, architecture }: Facts): RowFormat {
  const k = content.kind === 'top' ? Math.min(content.k, labels.length) : 0;
  const columns = {
    top: () => Array.from({ length: k }, (_, index) => [`label_${index + 1}`, `score_${index + 1}`]).flat(),
    all: () => labels,
    features: () => Array.from({ length: architecture.hiddenSize }, (_, index) => `feature_${index}`),
  }[content.kind]();
  const values = (row: Extract<ScoredItem, { ok: true }>): (string | number)[] => {
    if (content.kind === 'features') return Array.from(row.features, short);
    const probs = probabilities(row.logits, task);
    return content.kind === 'all'
      ? probs.map(short)
      : bestClasses(probs, labels, k).flatMap(({ label, score }) => [label, score]);
  };
  return {
    name: 'csv',
    extension: 'csv',
    header: csvLine(['id', 'error', ...columns]),
    line: (row) =>
      row.ok
        ? csvLine([row.item.id, '', ...values(row)])
        : csvLine([row.item.id, `${row.error.code}: ${row.error.message}`, ...columns.map(() => '')]),
  };
}

/**
 * What Azure ML's own batch deployments of the registry's model append, and its sample reads: no header; the row's
 * number in its file, probabilities, labels, the file. Pictures that failed are not in it.
 */
function azuremlFormat(_content: RowContent, { task, labels }: Facts): RowFormat {
  const list = (values: readonly (string | number)[]): string =>
    `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  const labelList = list(labels);
  return {
    name: 'azureml',
    extension: 'csv',
    header: '',
    line: (row) => {
      if (!row.ok) return '';
      const { place, id } = row.item;
      const number = place.kind === 'row' ? place.row - 1 : 0;
      return csvLine([number, list(probabilities(row.logits, task).map(short)), labelList, id]);
    },
  };
}
