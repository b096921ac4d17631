import type { DatabaseSync } from 'node:sqlite';

/** Small facts about the twin itself, one JSON value a key. */
export class Settings {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(key: string): unknown {
    const row = this.#database.prepare('SELECT value FROM setting WHERE key = ?').get(key) as
      { value: string } | undefined;
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  set(key: string, value: unknown): void {
    this.#database
      .prepare(
        'INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(key, JSON.stringify(value));
  }

  /** The stored value, or the one that `make` returns, stored from now on. */
  getOrCreate<T>(key: string, make: () => T): T {
    const known = this.get(key) as T | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.set(key, made);
    return made;
  }
}
