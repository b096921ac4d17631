import type { DatabaseSync } from 'node:sqlite';

export type ResourceKind =
  | 'model'
  | 'modelVersion'
  | 'environment'
  | 'environmentVersion'
  | 'data'
  | 'dataVersion'
  | 'code'
  | 'codeVersion'
  | 'component'
  | 'componentVersion'
  | 'registryModelVersion'
  | 'job'
  | 'childRun'
  | 'childRunParent'
  | 'mlflowRun'
  | 'experiment'
  | 'experimentName'
  | 'compute'
  | 'datastore'
  | 'batchEndpoint'
  | 'batchDeployment'
  | 'imageName'
  | 'imageBlob'
  | 'onlineEndpoint'
  | 'onlineDeployment';

export interface StoredResource<T> {
  readonly parent: string;
  readonly name: string;
  readonly body: T;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly sequence: number;
}

interface Row {
  readonly parent: string;
  readonly name: string;
  readonly body: string;
  readonly created_at: number;
  readonly modified_at: number;
  readonly sequence: number;
}

const columns = 'parent, name, body, created_at, modified_at, sequence';

function fromRow<T>(row: Row): StoredResource<T> {
  return {
    parent: row.parent,
    name: row.name,
    body: JSON.parse(row.body) as T,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    sequence: row.sequence,
  };
}

/** The resources of one kind, with bodies of type T. */
export class ResourceTable<T> {
  readonly #database: DatabaseSync;
  readonly #kind: ResourceKind;
  readonly #now: () => number;

  constructor(database: DatabaseSync, kind: ResourceKind, now: () => number) {
    this.#database = database;
    this.#kind = kind;
    this.#now = now;
  }

  get(parent: string, name: string): StoredResource<T> | undefined {
    const row = this.#database
      .prepare(`SELECT ${columns} FROM resource WHERE kind = ? AND parent = ? AND name = ?`)
      .get(this.#kind, parent, name) as unknown as Row | undefined;
    return row === undefined ? undefined : fromRow<T>(row);
  }

  /** In the order of creation. */
  list(parent?: string): StoredResource<T>[] {
    const rows = (parent === undefined
      ? this.#database
          .prepare(`SELECT ${columns} FROM resource WHERE kind = ? ORDER BY sequence`)
          .all(this.#kind)
      : this.#database
          .prepare(`SELECT ${columns} FROM resource WHERE kind = ? AND parent = ? ORDER BY sequence`)
          .all(this.#kind, parent)) as unknown as Row[];
    return rows.map((row) => fromRow<T>(row));
  }

  /** The one that was created last. */
  newest(parent: string): StoredResource<T> | undefined {
    const row = this.#database
      .prepare(`SELECT ${columns} FROM resource WHERE kind = ? AND parent = ? ORDER BY sequence DESC LIMIT 1`)
      .get(this.#kind, parent) as unknown as Row | undefined;
    return row === undefined ? undefined : fromRow<T>(row);
  }

  /** Names only, in the order of creation: a list of thousands costs little. */
  names(parent: string): string[] {
    const rows = this.#database
      .prepare('SELECT name FROM resource WHERE kind = ? AND parent = ? ORDER BY sequence')
      .all(this.#kind, parent) as unknown as { readonly name: string }[];
    return rows.map(({ name }) => name);
  }

  /** Creates or replaces; tells which. `modifiedAt` moves, `createdAt` stays. */
  put(
    parent: string,
    name: string,
    body: T,
  ): { readonly created: boolean; readonly stored: StoredResource<T> } {
    const now = this.#now();
    const known = this.get(parent, name);
    if (known === undefined) {
      this.#database
        .prepare(
          'INSERT INTO resource (kind, parent, name, body, created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(this.#kind, parent, name, JSON.stringify(body), now, now);
    } else {
      this.#database
        .prepare('UPDATE resource SET body = ?, modified_at = ? WHERE sequence = ?')
        .run(JSON.stringify(body), now, known.sequence);
    }
    const stored = this.get(parent, name);
    if (stored === undefined) throw new Error(`${this.#kind} ${name} was not stored`);
    return { created: known === undefined, stored };
  }

  delete(parent: string, name: string): boolean {
    const result = this.#database
      .prepare('DELETE FROM resource WHERE kind = ? AND parent = ? AND name = ?')
      .run(this.#kind, parent, name);
    return result.changes > 0;
  }
}
