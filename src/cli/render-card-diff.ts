import type { DiffCardResult } from '../actions/diff-card.ts';
import type { CardChange, RegistryCard, WireFormatName } from '../card/index.ts';

/** The shapes in short; `card show` prints whole examples. */
const wireForms: Readonly<Record<WireFormatName, string>> = {
  columns:
    'columns: {"input_data": {"columns": ["image"], "index": […], "data": […]}} → [{"probs": […], "labels": […]}], all classes',
  list: 'list: {"input_data": ["…"]} → the five best classes as label and score',
};

/** What changed first, then what both state alike, then what the versions between brought. */
export function renderCardDiff(result: DiffCardResult): string {
  const { from, to, changes, same, history } = result;
  const lines = [`${titleOf(from)} → ${titleOf(to)}`];
  if (changes.length === 0) lines.push('no difference');
  for (const change of changes) lines.push(...describeChange(change));
  if (same.length > 0) lines.push('', `the same: ${same.join(', ')}`);
  if (history.length > 0) {
    lines.push('', 'what the versions brought');
    for (const { version, since, changes: brought } of history) {
      lines.push(`  ${version}  ${since}  ${brought.join('; ') || '-'}`);
    }
  }
  return lines.join('\n');
}

function titleOf({ name, version }: RegistryCard): string {
  return `${name ?? 'a model without a name'}, version ${version ?? 'not stated'}`;
}

function describeChange({ fact, from, to, added, removed }: CardChange): string[] {
  if (added !== undefined && removed !== undefined) {
    return [fact, ...removed.map((entry) => `  - ${entry}`), ...added.map((entry) => `  + ${entry}`)];
  }
  return [fact, `  - ${describeValue(fact, from)}`, `  + ${describeValue(fact, to)}`];
}

function describeValue(fact: string, value: string | null): string {
  if (value === null) return 'not stated';
  return fact === 'wire format' ? wireForms[value as WireFormatName] : value;
}
