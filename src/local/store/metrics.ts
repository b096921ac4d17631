import type { DatabaseSync } from 'node:sqlite';

export interface MetricPoint {
  readonly name: string;
  /** NaN is kept as null. */
  readonly value: number;
  readonly step: number;
  /** Epoch milliseconds. */
  readonly loggedAt: number;
}

/** A point with its place in the order of logging. */
export interface StoredPoint extends MetricPoint {
  readonly sequence: number;
}

interface Row {
  readonly sequence: number;
  readonly name: string;
  readonly value: number | null;
  readonly step: number;
  readonly logged_at: number;
}

function fromRow(row: Omit<Row, 'sequence'>): MetricPoint {
  return { name: row.name, value: row.value ?? Number.NaN, step: row.step, loggedAt: row.logged_at };
}

/** The metrics of runs: append, read, and nothing else. */
export class MetricTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** All of them or none. A point that is there already is no second one. */
  append(runId: string, points: readonly MetricPoint[]): void {
    const insert = this.#database.prepare(
      'INSERT OR IGNORE INTO metric (run_id, name, value, step, logged_at) VALUES (?, ?, ?, ?, ?)',
    );
    // The newest is that of the greatest step, then time, then value, as MLflow has it.
    const keep = this.#database.prepare(
      `INSERT INTO latest_metric (run_id, name, value, step, logged_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (run_id, name) DO UPDATE
         SET value = excluded.value, step = excluded.step, logged_at = excluded.logged_at
         WHERE (excluded.step, excluded.logged_at, ifnull(excluded.value, -1e999))
            >= (latest_metric.step, latest_metric.logged_at, ifnull(latest_metric.value, -1e999))`,
    );
    this.#database.exec('BEGIN');
    try {
      for (const { name, value, step, loggedAt } of points) {
        const row = [runId, name, Number.isNaN(value) ? null : value, step, loggedAt] as const;
        insert.run(...row);
        keep.run(...row);
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Every value of a run, in the order in which they were logged. */
  list(runId: string): MetricPoint[] {
    const rows = this.#database
      .prepare('SELECT name, value, step, logged_at FROM metric WHERE run_id = ? ORDER BY sequence')
      .all(runId) as unknown as Row[];
    return rows.map(fromRow);
  }

  /** At most `limit` values of one metric, logged after the one at `after`. */
  page(runId: string, name: string, after: number, limit: number): StoredPoint[] {
    const rows = this.#database
      .prepare(
        `SELECT sequence, name, value, step, logged_at FROM metric INDEXED BY metric_of_run
           WHERE run_id = ? AND name = ? AND sequence > ? ORDER BY sequence LIMIT ?`,
      )
      .all(runId, name, after, limit) as unknown as Row[];
    return rows.map((row) => Object.assign(fromRow(row), { sequence: row.sequence }));
  }

  /** The newest value of each metric of a run, by name. */
  latest(runId: string): MetricPoint[] {
    const rows = this.#database
      .prepare('SELECT name, value, step, logged_at FROM latest_metric WHERE run_id = ? ORDER BY name')
      .all(runId) as unknown as Row[];
    return rows.map(fromRow);
  }

  delete(runId: string): void {
    this.#database.prepare('DELETE FROM metric WHERE run_id = ?').run(runId);
    this.#database.prepare('DELETE FROM latest_metric WHERE run_id = ?').run(runId);
  }
}
