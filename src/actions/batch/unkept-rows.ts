import type { BatchDeploymentResource } from '../../azure/wire/batch.ts';
import type { Host } from '../../io/index.ts';
import { flattenTree } from '../jobs/job-tree.ts';
import type { JobRun } from '../jobs/job-tree.ts';

/** Whether jobs of the deployment count their rows and write none of them. */
export const keepsNoRows = ({ properties }: BatchDeploymentResource): boolean =>
  /^summary_?only$/i.test(properties.outputAction ?? '');

/** What a job has counted that wrote no rows, from the metrics of its processes; null where it logged none. */
export function countUnkeptRows(
  tree: JobRun,
  deployment: string,
  host: Host,
): { readonly rows: number; readonly failed: number; readonly kept: 0 } | null {
  const sums = { pictures: 0, errors: 0 };
  let isCounted = false;
  for (const { run } of flattenTree(tree))
    for (const [name, value] of Object.entries(run.metrics)) {
      const [, what] = /^(?:rank_\d+\/)?(pictures|errors)$/.exec(name) ?? [];
      if (what === undefined) continue;
      sums[what as keyof typeof sums] += value ?? 0;
      isCounted = true;
    }
  const told = isCounted ? `: ${sums.pictures} rows, ${sums.errors} of them failed` : '';
  host.message({
    code: 'rows-not-kept',
    level: 'info',
    text: `the deployment ${deployment} only counts (output_action: summary_only)${told}`,
  });
  return isCounted ? { rows: sums.pictures, failed: sums.errors, kept: 0 } : null;
}
