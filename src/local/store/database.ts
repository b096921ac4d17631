import type { DatabaseSync } from 'node:sqlite';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { migrations } from './migrations.ts';
import { openSqlite } from './sqlite.ts';

/** SQLite's result codes. */
const corrupt = 11;
const notADatabase = 26;
const startAnew = 'aml-deit local reset deletes all that the twin keeps and starts anew';

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

/** Brings a file to the newest version, each step whole or not at all. */
function migrate(database: DatabaseSync, steps: readonly string[]): void {
  for (let version = versionOf(database); version < steps.length; version += 1) {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(steps[version] ?? '');
      database.exec(`PRAGMA user_version = ${version + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Opens the twin's state. WAL with synchronous FULL: what was answered to a client survives kill -9 and power loss. */
export async function openDatabase(file: string, steps = migrations): Promise<DatabaseSync> {
  const database = await openSqlite(file);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
    const found = versionOf(database);
    if (found > steps.length)
      throw new AmlDeitError(
        'TWIN_START_FAILED',
        `the state in ${file} was written by a newer version (${found}, this one knows ${steps.length})`,
        { hint: startAnew },
      );
    migrate(database, steps);
  } catch (error) {
    database.close();
    const { errcode } = error as { readonly errcode?: number };
    if (errcode !== corrupt && errcode !== notADatabase) throw error;
    throw new AmlDeitError('TWIN_START_FAILED', `the state in ${file} is damaged: ${errorMessage(error)}`, {
      hint: startAnew,
      cause: error,
    });
  }
  return database;
}
