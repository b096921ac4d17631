import type { FaultReport } from '../local/index.ts';
import { formatTable } from './format-table.ts';

/** The rule in one cell: all that was said of it but its kind. */
function describe({ kind: _kind, ...rest }: FaultReport['rule']): string {
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}

export function renderFaults(faults: readonly FaultReport[]): string {
  if (faults.length === 0) return 'no fault rules: the local twin behaves';
  return formatTable(
    ['id', 'kind', 'rule', 'matched', 'hit'],
    faults.map(({ id, rule, matched, hits }) => [
      id,
      rule.kind,
      describe(rule),
      String(matched),
      String(hits),
    ]),
  );
}
