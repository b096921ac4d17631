import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AmlDeitError } from '../../errors/index.ts';
import { openSqlite } from '../store/sqlite.ts';
import { makeTwinDirectory } from './make-twin-directory.ts';

export interface TwinLock {
  release(): void;
}

function lockFile(directory: string): string {
  return join(directory, 'lock.db');
}

function holderFile(directory: string): string {
  return join(directory, 'holder.json');
}

/** The process that took the lock last. Says nothing of whether it still lives: {@link isLocked} does. */
export function lockHolder(directory: string): { readonly pid: number } | undefined {
  try {
    return JSON.parse(readFileSync(holderFile(directory), 'utf8')) as { pid: number };
  } catch {
    return undefined;
  }
}

/**
 * One twin per folder. The lock is the operating system's, on a file that SQLite holds open exclusively: it goes with
 * the process however that ends, so there are no stale locks and no guessing from process ids.
 */
async function tryLock(directory: string, waitMs: number): Promise<TwinLock | undefined> {
  const database = await openSqlite(lockFile(directory));
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}; BEGIN EXCLUSIVE;`);
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/** Whether a twin lives there. Makes nothing where none has ever been. */
export async function isLocked(directory: string): Promise<boolean> {
  if (!existsSync(lockFile(directory))) return false;
  // Another process may be asking the same at this moment, which takes the lock for an instant.
  const lock = await tryLock(directory, 200);
  lock?.release();
  return lock === undefined;
}

export async function takeLock(directory: string): Promise<TwinLock> {
  makeTwinDirectory(directory);
  const lock = await tryLock(directory, 1000);
  if (lock !== undefined) {
    // Whole at once: another process may read it at this moment.
    const file = holderFile(directory);
    writeFileSync(`${file}.new`, JSON.stringify({ pid: process.pid }));
    renameSync(`${file}.new`, file);
    return lock;
  }
  const holder = lockHolder(directory);
  throw new AmlDeitError(
    'TWIN_ALREADY_RUNNING',
    `another local twin${holder === undefined ? '' : ` (process ${holder.pid})`} uses ${directory}`,
    {
      hint: 'aml-deit local status shows it, aml-deit local down stops it; AML_DEIT_HOME chooses another folder',
    },
  );
}
