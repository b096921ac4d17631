import type { LockCardResult } from '../actions/lock-card.ts';

const statusWords = {
  written: 'locks',
  unchanged: 'locks, as before,',
  checked: 'locks',
} as const satisfies Record<LockCardResult['status'], string>;

/** What is locked, then what does not fit. */
export function renderCardLock(result: LockCardResult): string {
  const { file, status, lock, findings } = result;
  const lines = [
    `${file} ${statusWords[status]} ${lock.name}, version ${lock.version}, wire format '${lock.wireFormat}'`,
    ...findings.map(({ severity, code, message }) => `  ${severity} ${code}: ${message}`),
  ];
  if (status === 'checked' && findings.length === 0) lines.push('  the card states what was locked');
  return lines.join('\n');
}
