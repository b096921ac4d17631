import { dataError } from './data-error.ts';
import type { DataTask, LabelledFile } from './labelled-pictures.ts';

/**
 * One row a picture. Azure ML keeps one row of several that name the same picture, so their labels are joined here, and
 * two labels for a picture that may have one are an error.
 */
export function mergeRows(rows: readonly LabelledFile[], task: DataTask, place: string): LabelledFile[] {
  const merged = new Map<string, LabelledFile>();
  for (const row of rows) {
    const known = merged.get(row.name);
    const labels = [...new Set([...(known?.labels ?? []), ...row.labels])];
    if (task === 'multiclass' && labels.length > 1)
      throw dataError(
        `${place} gives ${row.name} the labels ${labels.map((label) => `"${label}"`).join(' and ')}, expected one`,
        {
          hint: 'for pictures with several labels give --task multilabel',
        },
      );
    merged.set(row.name, { ...row, labels });
  }
  return [...merged.values()];
}
