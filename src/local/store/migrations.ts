/**
 * How the state file came to be what it is: step N makes version N of version N - 1. A step that has been released is
 * never changed; what changes is added at the end. `PRAGMA user_version` says how far a file is.
 */
export const migrations: readonly string[] = [
  // 1. One row per resource: `kind` and `parent` place it, `name` is its key (lower-case where Azure ignores case),
  // `body` its JSON. `sequence` orders rows that were created in one millisecond.
  `
  CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS resource (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    UNIQUE (kind, parent, name)
  );
  CREATE TABLE IF NOT EXISTS operation (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
  );
  CREATE INDEX IF NOT EXISTS operation_open ON operation (status, target);
  `,
  // 2. Metrics of runs are many and small: they have a table of their own, one row a value. Files of version 1 may have
  // it already. And lists come in the order of creation, which an index gives without sorting.
  `
  CREATE TABLE IF NOT EXISTS metric (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    step INTEGER NOT NULL,
    logged_at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS metric_of_run ON metric (run_id, name);
  CREATE INDEX IF NOT EXISTS resource_order ON resource (kind, parent, sequence);
  CREATE INDEX IF NOT EXISTS operation_age ON operation (started_at);
  `,
  // 3. A metric that is logged twice, as by a request that is sent again, is one; and the newest value of each stands
  // beside it. Nothing wrote metrics before.
  `
  CREATE UNIQUE INDEX metric_once ON metric (run_id, name, logged_at, step, ifnull(value, 'NaN'));
  CREATE TABLE latest_metric (
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL,
    step INTEGER NOT NULL,
    logged_at INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
  ) WITHOUT ROWID;
  `,
];
