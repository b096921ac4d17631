import { skuTasks } from './card.ts';
import { cardVersions } from './card-versions.ts';
import type { CardVersion } from './card-versions.ts';
import type { RegistryCard } from './registry-card.ts';

/** A fact in which two cards differ. */
export interface CardChange {
  /** Such as `wire format`, `inference allow-list`, `finetune minimum`. */
  readonly fact: string;
  readonly from: string | null;
  readonly to: string | null;
  /** For lists: what only the second has, and what only the first has. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

export interface CardDiff {
  readonly changes: readonly CardChange[];
  /** The facts that both state alike. */
  readonly same: readonly string[];
  /** What each version after the first brought, up to the second; empty where one is no version of DeiT base. */
  readonly history: readonly CardVersion[];
}

type Fact = readonly [
  name: string,
  from: string | readonly string[] | null,
  to: string | readonly string[] | null,
];

/** Compares what two cards state, whichever layout each has. Names of sizes are compared without case. */
export function diffCards(from: RegistryCard, to: RegistryCard): CardDiff {
  const facts: readonly Fact[] = [
    ['metadata layout', from.layout, to.layout],
    ['wire format', from.wireFormat, to.wireFormat],
    ...skuTasks.map((task): Fact => [`${task} allow-list`, from.allowLists[task], to.allowLists[task]]),
    ...skuTasks.map((task): Fact => [
      `${task} recommended sizes`,
      from.recommended[task],
      to.recommended[task],
    ]),
    ...skuTasks.map((task): Fact => [`${task} minimum`, from.minimumSpecs[task], to.minimumSpecs[task]]),
    ['fine-tune tasks', from.finetuneTasks, to.finetuneTasks],
    ['model-specific defaults', pairs(from.modelSpecificDefaults), pairs(to.modelSpecificDefaults)],
    ['shared compute capacity', word(from.sharedComputeCapacity), word(to.sharedComputeCapacity)],
    ['preview', word(from.preview), word(to.preview)],
    ['publisher', from.publisher, to.publisher],
    ['license', from.license, to.license],
    ['training dataset', from.trainingDataset, to.trainingDataset],
    ['sha', from.sha, to.sha],
  ];
  const changes = facts.flatMap(([fact, a, b]) => change(fact, a, b) ?? []);
  const changed = new Set(changes.map(({ fact }) => fact));
  return {
    changes,
    same: facts.flatMap(([fact, a]) => (changed.has(fact) || a === null ? [] : [fact])),
    history: historyBetween(from, to),
  };
}

function change(fact: string, from: Fact[1], to: Fact[2]): CardChange | undefined {
  if (!Array.isArray(from) || !Array.isArray(to)) {
    const [a, b] = [describe(from), describe(to)];
    return a === b ? undefined : { fact, from: a, to: b };
  }
  const removed = without(from, to);
  const added = without(to, from);
  if (added.length === 0 && removed.length === 0) return undefined;
  return { fact, from: describe(from), to: describe(to), added, removed };
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others.map((name) => name.toLowerCase()));
  return names.filter((name) => !known.has(name.toLowerCase()));
}

function describe(value: Fact[1]): string | null {
  return value === null || typeof value === 'string' ? value : `${value.length} entries`;
}

function word(value: boolean | null): string | null {
  return value === null ? null : String(value);
}

function pairs(values: Readonly<Record<string, string>> | null): string | null {
  if (values === null) return null;
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} '${value}'`)
    .join(', ');
}

/** Empty when the second is not newer: a history is told forwards. */
function historyBetween(from: RegistryCard, to: RegistryCard): readonly CardVersion[] {
  const names = [from.name, to.name];
  if (!names.every((name) => name === 'facebook-deit-base-patch16-224')) return [];
  return cardVersions.filter(
    ({ version }) => Number(version) > Number(from.version) && Number(version) <= Number(to.version),
  );
}
