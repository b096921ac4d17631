import { splitNames } from '../../training/data/index.ts';
import type { DataManifest, SplitName } from '../../training/data/index.ts';

export interface SplitSummary {
  readonly pictures: number;
  /** Pictures of each label, in the label map's order. */
  readonly labels: Readonly<Record<string, number>>;
}

export function summarizeSplits(
  manifest: Pick<DataManifest, 'labels' | 'pictures'>,
): Readonly<Record<SplitName, SplitSummary>> {
  const summary = (split: SplitName): SplitSummary => {
    const pictures = manifest.pictures.filter((picture) => picture.split === split);
    const counts = new Map(manifest.labels.map((label) => [label, 0]));
    for (const { labels } of pictures)
      for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return { pictures: pictures.length, labels: Object.fromEntries(counts) };
  };
  const [train, validation, test] = splitNames.map(summary) as [SplitSummary, SplitSummary, SplitSummary];
  return { train, validation, test };
}
