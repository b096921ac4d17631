import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { CardLock, LockFinding } from '../card/index.ts';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { readCard } from './read-card.ts';
import { readTextFile } from './read-text-file.ts';

export interface LockCardOptions {
  /** A version whose metadata is known, or a file of metadata; 15, or with `check` the locked version, if left out. */
  readonly card?: string;
  /** Where the lock is; `aml-deit.lock` in the current folder when left out. */
  readonly file?: string;
  /** Only hold the lock that is there against the card. */
  readonly check?: boolean;
  /** Replace a lock that differs. */
  readonly force?: boolean;
}

export interface LockCardResult {
  /** False when the lock does not fit the card. */
  readonly ok: boolean;
  readonly file: string;
  readonly status: 'written' | 'unchanged' | 'checked';
  readonly lock: CardLock;
  readonly findings: readonly LockFinding[];
}

/**
 * Writes down which version of the model is meant, what its card states and how it is asked, or holds what was written
 * down against the card. Throws LOCK_INVALID, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN, CARD_FILE_INVALID, FILE_NOT_FOUND or
 * FILE_UNREADABLE.
 */
export async function lockCard(options: LockCardOptions = {}): Promise<LockCardResult> {
  const { checkLock, formatLock, lockFileName } = await import('../card/index.ts');
  const file = options.file ?? lockFileName;
  if (options.check === true) {
    const lock = await readLockFile(file);
    const findings = checkLock(lock, await lockOf(options.card ?? lock.version));
    return { ok: findings.length === 0, file, status: 'checked', lock, findings };
  }
  const lock = await lockOf(options.card ?? '15');
  const text = formatLock(lock);
  const present = await readIfPresent(file);
  if (present === text) return { ok: true, file, status: 'unchanged', lock, findings: [] };
  if (present !== undefined && options.force !== true) {
    throw new AmlDeitError('OUTPUT_EXISTS', `${file} locks something else`, {
      hint: 'see what differs with `aml-deit card lock --check`, or replace it with --force',
    });
  }
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${file} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return { ok: true, file, status: 'written', lock, findings: [] };
}

/** Far more than a lock has. */
const maxBytes = 64 * 1024;

/** Throws LOCK_INVALID, FILE_NOT_FOUND or FILE_UNREADABLE. */
async function readLockFile(file: string): Promise<CardLock> {
  const { parseLock } = await import('../card/index.ts');
  const lock = parseLock(await readTextFile(file, maxBytes));
  if ('fault' in lock) {
    throw new AmlDeitError('LOCK_INVALID', `${file} is no lock: ${lock.fault}`, {
      hint: 'write a new one with `aml-deit card lock --force`',
    });
  }
  return lock;
}

/** The lock of a card: a version that is known, or a file of metadata. Throws LOCK_INVALID and what reading throws. */
export async function lockOf(versionOrFile: string): Promise<CardLock> {
  const { lockFault, makeLock } = await import('../card/index.ts');
  const card = await readCard(versionOrFile);
  const fault = lockFault(card);
  if (fault !== undefined) {
    throw new AmlDeitError('LOCK_INVALID', `${versionOrFile} cannot be locked: ${fault}`);
  }
  return makeLock(card, (text) => createHash('sha256').update(text).digest('hex'));
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file, maxBytes);
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'FILE_NOT_FOUND') return undefined;
    throw error;
  }
}
