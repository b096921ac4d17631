import { checkLock, findRegistryCard } from '../../card/index.ts';
import type { LockFindingCode } from '../../card/index.ts';
import type { Diagnostic } from '../../documents/index.ts';
import { lockOf } from '../lock-card.ts';
import type { LockFile } from './find-project.ts';

/** Which line of the lock a finding is about. */
const keyOf: Readonly<Record<LockFindingCode, string>> = {
  'lock-version-differs': 'version',
  'lock-wire-format-differs': 'wireFormat',
  'lock-card-changed': 'cardSha256',
  'model-not-pinned': 'version',
};

/** Holds a lock file itself against the card of the version that it names, where that is known. */
export async function checkLockFile(locked: LockFile): Promise<Diagnostic[]> {
  const { file, text } = locked;
  if ('fault' in locked) {
    const message = `the lock file cannot be read: ${locked.fault}`;
    const place = { line: 1, column: 1, length: 1, pointer: '' };
    return [{ severity: 'error', code: 'lock-invalid', message, file, ...place }];
  }
  const { lock } = locked;
  // A card from a file, or of another model, is not at hand here: `card lock --check --card FILE` has it.
  if (findRegistryCard(lock.version)?.name !== lock.name) return [];
  const current = await lockOf(lock.version);
  const remedy = 'write the lock anew with aml-deit card lock --force';
  const findings: Diagnostic[] = [];
  for (const { severity, code, message } of checkLock(lock, current)) {
    const place = placeOf(text, keyOf[code]);
    findings.push({ severity, code, message: `${message}: ${remedy}`, file, ...place });
  }
  return findings;
}

/** Of a key's value in the lock's text, which is JSON of its own layout. */
function placeOf(text: string, key: string): Pick<Diagnostic, 'line' | 'column' | 'length' | 'pointer'> {
  const match = new RegExp(`("${key}"\\s*:\\s*)("[^"]*"|\\d+)`).exec(text);
  const start = match === null ? 0 : match.index + (match[1]?.length ?? 0);
  const before = text.slice(0, start).split('\n');
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: match?.[2]?.length ?? 1,
    pointer: `/${key}`,
  };
}
