import type { DatabaseSync } from 'node:sqlite';
import type { ServiceErrorBody } from '../http/service-error.ts';

/** Every kind of long-running operation, with how the service's ids of it begin. */
export const operationPrefixes = {
  'onlineEndpoint.put': 'oeidp',
  'onlineEndpoint.delete': 'oeidp',
  'onlineEndpoint.regenerateKeys': 'oeidp',
  'onlineDeployment.put': 'odidp',
  'onlineDeployment.delete': 'odidp',
  'batchEndpoint.put': 'bebes',
  'batchEndpoint.delete': 'bebes',
  'batchDeployment.put': 'bdbes',
  'batchDeployment.delete': 'bdbes',
  // As recorded; that of a delete is a guess.
  'job.cancel': 'jc',
  'job.delete': 'jd',
  // A compute's operation has a bare guid.
  'compute.put': '',
  'compute.delete': '',
} as const satisfies Record<string, string>;

export type OperationKind = keyof typeof operationPrefixes;

/** The words of the service's status document: `Updating` for every kind, deletes included; never `InProgress`. */
export type OperationStatus = 'Updating' | 'Succeeded' | 'Failed' | 'Canceled';

export interface StoredOperation {
  /** `oeidp:{workspaceId}:{guid}` for endpoints, `odidp:…` for deployments. */
  readonly id: string;
  readonly kind: OperationKind;
  /** `endpoint` or `endpoint/deployment`, lower-case. */
  readonly target: string;
  readonly status: OperationStatus;
  readonly error: ServiceErrorBody | undefined;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly status: string;
  readonly error: string | null;
  readonly started_at: number;
  readonly ended_at: number | null;
}

function fromRow(row: Row): StoredOperation {
  return {
    id: row.id,
    kind: row.kind as OperationKind,
    target: row.target,
    status: row.status as OperationStatus,
    error: row.error === null ? undefined : (JSON.parse(row.error) as ServiceErrorBody),
    startedAt: row.started_at,
    endedAt: row.ended_at ?? undefined,
  };
}

/** Status documents of finished operations are kept for a while, not for ever. */
const keptOperations = 500;

export class OperationTable {
  readonly #database: DatabaseSync;
  readonly #now: () => number;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  get(id: string): StoredOperation | undefined {
    const row = this.#database.prepare('SELECT * FROM operation WHERE id = ?').get(id) as unknown as
      Row | undefined;
    return row === undefined ? undefined : fromRow(row);
  }

  insert(id: string, kind: OperationKind, target: string): StoredOperation {
    const status: OperationStatus = 'Updating';
    this.#database
      .prepare('INSERT INTO operation (id, kind, target, status, started_at) VALUES (?, ?, ?, ?, ?)')
      .run(id, kind, target, status, this.#now());
    this.#database
      .prepare(
        `DELETE FROM operation WHERE status <> 'Updating' AND id NOT IN
         (SELECT id FROM operation ORDER BY started_at DESC LIMIT ?)`,
      )
      .run(keptOperations);
    return { id, kind, target, status, error: undefined, startedAt: this.#now(), endedAt: undefined };
  }

  finish(id: string, status: 'Succeeded' | 'Failed' | 'Canceled', error?: ServiceErrorBody): void {
    this.#database
      .prepare('UPDATE operation SET status = ?, error = ?, ended_at = ? WHERE id = ?')
      .run(status, error === undefined ? null : JSON.stringify(error), this.#now(), id);
  }

  /** What was under way, oldest first: of one target and what lies below it, or of all. */
  listOpen(target?: string): StoredOperation[] {
    const rows = (target === undefined
      ? this.#database
          .prepare(`SELECT * FROM operation WHERE status = 'Updating' ORDER BY started_at, rowid`)
          .all()
      : this.#database
          .prepare(
            `SELECT * FROM operation WHERE status = 'Updating'
               AND (target = ? OR substr(target, 1, length(?) + 1) = ? || '/') ORDER BY started_at, rowid`,
          )
          .all(target, target, target)) as unknown as Row[];
    return rows.map(fromRow);
  }
}
