import type { PrepareDataResult } from '../actions/prepare-data.ts';
import { printableLine } from '../io/index.ts';
import { formatTable } from './format-table.ts';

const shownLabels = 20;

/** Pictures of each label in each split. */
export function renderPreparedData(result: PrepareDataResult): string {
  const { splits, labels, directory } = result;
  const present = labels.filter((label) =>
    Object.values(splits).some((split) => (split.labels[label] ?? 0) > 0),
  );
  const row = (label: string): string[] => [
    label,
    ...Object.values(splits).map((split) => String(split.labels[label] ?? 0)),
  ];
  const table = formatTable(
    ['label', 'train', 'validation', 'test'],
    [
      ...present.slice(0, shownLabels).map(row),
      ['pictures', ...Object.values(splits).map(({ pictures }) => String(pictures))],
    ],
  );
  const more = present.length > shownLabels ? [`and ${present.length - shownLabels} labels more`] : [];
  return [
    table.trimEnd(),
    ...more,
    `${printableLine(directory)}: train, validation and test with MLTable, pictures, label-map.json, data-manifest.json`,
    ...(result.uploaded === null ? [] : [`uploaded as ${printableLine(result.uploaded.asset)}`]),
  ].join('\n');
}
