import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/local/store/database.ts';
import { migrations } from '../../../src/local/store/migrations.ts';
import { ResourceTable } from '../../../src/local/store/resources.ts';
import { openSqlite } from '../../../src/local/store/sqlite.ts';

describe("the twin's state file", () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-state-'));
    file = join(directory, 'state.db');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const schemaOf = async (path: string): Promise<unknown[]> => {
    const database = await openSqlite(path);
    const rows = database
      .prepare("SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
      .all();
    const version = database.prepare('PRAGMA user_version').get();
    database.close();
    return [...rows, version];
  };

  it('of version 1 is brought to the newest version, and keeps what is in it', async () => {
    // As the first version wrote it.
    const old = await openSqlite(file);
    old.exec(`
      CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE resource (sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, parent TEXT NOT NULL,
        name TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
        UNIQUE (kind, parent, name));
      CREATE TABLE operation (id TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL,
        error TEXT, started_at INTEGER NOT NULL, ended_at INTEGER);
      CREATE INDEX operation_open ON operation (status, target);
      PRAGMA user_version = 1;
      INSERT INTO resource (kind, parent, name, body, created_at, modified_at)
        VALUES ('model', '', 'pets', '{"description":"kept"}', 1, 2);
    `);
    old.close();
    const upgraded = await openDatabase(file);
    const models = new ResourceTable<{ description: string }>(upgraded, 'model', () => 3);
    expect(models.list('')).toMatchObject([{ name: 'pets', body: { description: 'kept' }, createdAt: 1 }]);
    upgraded.close();

    const fresh = join(directory, 'fresh.db');
    (await openDatabase(fresh)).close();
    expect(await schemaOf(file)).toEqual(await schemaOf(fresh));
  });

  it('comes from every earlier version to the same', async () => {
    (await openDatabase(file)).close();
    const newest = await schemaOf(file);
    for (let version = 0; version < migrations.length; version += 1) {
      const path = join(directory, `from-${version}.db`);
      (await openDatabase(path, migrations.slice(0, version))).close();
      (await openDatabase(path)).close();
      expect(await schemaOf(path)).toEqual(newest);
    }
  });

  it('stays as it was when a step fails in its middle', async () => {
    (await openDatabase(file)).close();
    const before = await schemaOf(file);
    const broken = [...migrations, 'CREATE TABLE half (a); CREATE TABLE half (a);'];
    await expect(openDatabase(file, broken)).rejects.toThrow(/half already exists/);
    expect(await schemaOf(file)).toEqual(before);
    (await openDatabase(file)).close();
  });

  it('of a newer version is not touched', async () => {
    (await openDatabase(file, [...migrations, 'CREATE TABLE later (a);'])).close();
    await expect(openDatabase(file)).rejects.toMatchObject({
      code: 'TWIN_START_FAILED',
      message: expect.stringMatching(/newer version \(\d+, this one knows \d+\)$/) as string,
      hint: expect.stringContaining('aml-deit local reset') as string,
    });
  });
});
