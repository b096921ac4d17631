import { skuTasks } from './card.ts';
import { parseModelReference } from './model-reference.ts';
import type { RegistryCard, WireFormatName } from './registry-card.ts';

/** The file that pins what documents are held against. */
export const lockFileName = 'aml-deit.lock';

/** The contents of `aml-deit.lock`: which version of the model, what its card states, how it is asked. */
export interface CardLock {
  readonly lockVersion: 1;
  readonly registry: string;
  readonly name: string;
  readonly version: string;
  readonly wireFormat: WireFormatName;
  /** Of {@link cardFacts}. */
  readonly cardSha256: string;
}

export type LockFinding = {
  readonly message: string;
  readonly severity: 'error' | 'warning';
} & (
  | { readonly code: 'lock-version-differs'; readonly locked: string; readonly found: string }
  | { readonly code: 'lock-wire-format-differs'; readonly locked: string; readonly found: string }
  | { readonly code: 'lock-card-changed'; readonly locked: string; readonly found: string }
  | { readonly code: 'model-not-pinned'; readonly label: string | null }
);

export type LockFindingCode = LockFinding['code'];

/**
 * What a card states, as one text that does not depend on the metadata's layout, the order of lists or the case of
 * sizes: what a lock's hash is taken of.
 */
export function cardFacts(card: RegistryCard): string {
  const names = (list: readonly string[] | null): readonly string[] | null =>
    list === null ? null : list.map((name) => name.toLowerCase()).sort();
  return JSON.stringify({
    name: card.name,
    version: card.version,
    sha: card.sha,
    wireFormat: card.wireFormat,
    allowLists: skuTasks.map((task) => names(card.allowLists[task])),
    minimumSpecs: skuTasks.map((task) => card.minimumSpecs[task]),
    defaults: Object.entries(card.modelSpecificDefaults ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
  });
}

/** What of a card is missing for a lock, in words; undefined when nothing is. */
export function lockFault(card: RegistryCard): string | undefined {
  if (card.name === null) return 'the card states no name';
  if (card.version === null) return 'the card states no version';
  return card.wireFormat === null ? 'the card does not tell the wire format' : undefined;
}

/** @throws RangeError where {@link lockFault} says so. */
export function makeLock(card: RegistryCard, sha256: (text: string) => string): CardLock {
  const { registry, name, version, wireFormat } = card;
  if (name === null || version === null || wireFormat === null) {
    throw new RangeError(lockFault(card));
  }
  return {
    lockVersion: 1,
    registry: registry ?? 'azureml',
    name,
    version,
    wireFormat,
    cardSha256: sha256(cardFacts(card)),
  };
}

/** The file's text: JSON in a fixed order, with a newline at its end. */
export function formatLock(lock: CardLock): string {
  const { lockVersion, registry, name, version, wireFormat, cardSha256 } = lock;
  return `${JSON.stringify({ lockVersion, registry, name, version, wireFormat, cardSha256 }, null, 2)}\n`;
}

/** Reads the file's text. Answers what is wrong with it, in words, when it is no lock. */
export function parseLock(text: string): CardLock | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'it is no JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'expected a JSON object' };
  }
  const fields = value as Record<string, unknown>;
  if (fields.lockVersion !== 1) {
    return { fault: `lockVersion is ${JSON.stringify(fields.lockVersion) ?? 'missing'}: expected 1` };
  }
  for (const name of ['registry', 'name', 'version', 'cardSha256'] as const) {
    if (typeof fields[name] !== 'string' || fields[name] === '') return { fault: `${name} is no text` };
  }
  if (fields.wireFormat !== 'columns' && fields.wireFormat !== 'list') {
    return { fault: 'wireFormat is neither columns nor list' };
  }
  return value as CardLock;
}

/** Holds a lock against the card that it should be of: empty when nothing has changed. */
export function checkLock(lock: CardLock, current: CardLock): LockFinding[] {
  if (lock.name !== current.name || lock.version !== current.version) {
    return [versionDiffers(lock, `${current.name}:${current.version}`)];
  }
  const findings: LockFinding[] = [];
  if (lock.wireFormat !== current.wireFormat) {
    findings.push({
      severity: 'error',
      code: 'lock-wire-format-differs',
      message: `the wire format is '${current.wireFormat}', locked is '${lock.wireFormat}'`,
      locked: lock.wireFormat,
      found: current.wireFormat,
    });
  }
  if (lock.cardSha256 !== current.cardSha256) {
    findings.push({
      severity: 'error',
      code: 'lock-card-changed',
      message: `what the card of version ${lock.version} states has changed since it was locked`,
      locked: lock.cardSha256,
      found: current.cardSha256,
    });
  }
  return findings;
}

/**
 * Holds a document's reference to a model against the lock. A reference without a version is a warning, and an error
 * where it is the locked model; one to another version of the locked model is an error. A model of the workspace has
 * versions of its own: only its pin is looked at.
 */
export function checkModelReference(text: string, lock?: CardLock): LockFinding[] {
  const reference = parseModelReference(text);
  if (reference === undefined) return [];
  const isLocked = lock !== undefined && reference.registry === lock.registry && reference.name === lock.name;
  if (reference.version === null) {
    const { label } = reference;
    const which = label === null ? 'names no version' : `follows the label '${label}'`;
    const expected = isLocked ? `expected version ${lock.version}, which is locked` : 'pin a version';
    return [
      {
        severity: isLocked ? 'error' : 'warning',
        code: 'model-not-pinned',
        message: `'${text}' ${which}: ${expected}`,
        label,
      },
    ];
  }
  if (!isLocked || reference.version === lock.version) return [];
  return [versionDiffers(lock, `${reference.name}:${reference.version}`)];
}

function versionDiffers(lock: CardLock, found: string): LockFinding {
  const locked = `${lock.name}:${lock.version}`;
  return {
    severity: 'error',
    code: 'lock-version-differs',
    message: `the model is ${found}, locked is ${locked}`,
    locked,
    found,
  };
}
