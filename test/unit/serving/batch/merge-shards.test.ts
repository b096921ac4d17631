import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedShard, mergeShards } from '../../../../src/serving/batch/index.ts';

const worldSize = 2;

describe('joining shards', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-merge-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
  const finish = (rank: number, errors = 0): void => {
    const name = `predictions-0000${rank}-of-00002.csv`;
    write(name, `row of ${rank}\n`);
    write(`predictions-0000${rank}-of-00002-00000.jsonl`, '{}\n');
    const counts = { rows: 1, errors, errorsByCode: errors === 0 ? {} : { IMAGE_INVALID: errors } };
    write(
      `manifest-0000${rank}-of-00002.json`,
      JSON.stringify({ fingerprint: {}, counts, files: [{ name }] }),
    );
  };
  const merge = (name: string | null = 'answers.csv', keepsNotes = false) =>
    mergeShards({ directory, worldSize, name, keepsNotes, check: () => undefined });

  it('waits for all of them, joins their rows in order, and leaves nothing else', async () => {
    finish(0);
    const merged = merge();
    finish(1);
    await merged;
    expect(readdirSync(directory)).toEqual(['answers.csv']);
    expect(readFileSync(join(directory, 'answers.csv'), 'utf8')).toBe('row of 0\nrow of 1\n');
  });

  it('leaves no rows without a name', async () => {
    finish(0);
    finish(1);
    await merge(null);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps the shards when their counts are refused', async () => {
    finish(0, 1);
    finish(1, 1);
    const seen: unknown[] = [];
    const refuse = mergeShards({
      directory,
      worldSize,
      name: null,
      keepsNotes: false,
      check: (counts) => {
        seen.push(counts);
        throw new Error('too many');
      },
    });
    await expect(refuse).rejects.toThrow('too many');
    expect(seen).toEqual([{ rows: 2, errors: 2, errorsByCode: { IMAGE_INVALID: 2 } }]);
    expect(readdirSync(directory)).toHaveLength(6);
  });

  it('keeps a note of each on request, by which the same calls find nothing to do', async () => {
    finish(0);
    finish(1, 1);
    await merge('answers.csv', true);
    const files = ['.score-00000-of-00002.merged', '.score-00001-of-00002.merged', 'answers.csv'];
    expect(readdirSync(directory).sort()).toEqual(files);
    for (const rank of [0, 1]) {
      const options = { directory, shard: { rank, worldSize }, formats: [], rowsPerPart: 1, fingerprint: {} };
      expect(await finishedShard(options)).toMatchObject({ counts: { rows: 1, errors: rank } });
    }
    await merge('answers.csv', true);
    expect(readdirSync(directory).sort()).toEqual(files);
    // By the threshold that it is called with.
    const check = (counts: object): void => {
      throw new Error(JSON.stringify(counts));
    };
    await expect(
      mergeShards({ directory, worldSize, name: 'answers.csv', keepsNotes: true, check }),
    ).rejects.toThrow('{"rows":2,"errors":1,');
    rmSync(join(directory, 'answers.csv'));
    await expect(merge('answers.csv', true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  });

  it('goes on where it was killed, before and after the joined rows had their name', async () => {
    finish(0);
    finish(1);
    write('answers.csv.partial', 'row of 0\nro');
    // One note is there already, and not yet the first one's.
    renameSync(
      join(directory, 'manifest-00001-of-00002.json'),
      join(directory, '.score-00001-of-00002.merged'),
    );
    await merge();
    finish(0);
    finish(1);
    // What goes is written down; some of it has gone.
    renameSync(
      join(directory, 'manifest-00000-of-00002.json'),
      join(directory, '.score-00000-of-00002.merged'),
    );
    rmSync(join(directory, 'predictions-00001-of-00002.csv'));
    rmSync(join(directory, 'manifest-00001-of-00002.json'));
    const shard = { rank: 0, worldSize };
    const options = { directory, shard, formats: [], rowsPerPart: 1, fingerprint: {} };
    expect(await finishedShard(options)).toMatchObject({ counts: { rows: 1 } });
    await merge();
    expect(readdirSync(directory)).toEqual(['answers.csv']);
    expect(readFileSync(join(directory, 'answers.csv'), 'utf8')).toBe('row of 0\nrow of 1\n');
  });
});
