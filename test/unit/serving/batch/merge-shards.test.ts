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
  const merge = (name: string | null = 'answers.csv', keepsNote = false) =>
    mergeShards({ directory, worldSize, name, keepsNote, check: () => undefined });

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
      keepsNote: false,
      check: (counts) => {
        seen.push(counts);
        throw new Error('too many');
      },
    });
    await expect(refuse).rejects.toThrow('too many');
    expect(seen).toEqual([{ rows: 2, errors: 2, errorsByCode: { IMAGE_INVALID: 2 } }]);
    expect(readdirSync(directory)).toHaveLength(6);
  });

  it('keeps a note on request, by which the same call finds nothing to do', async () => {
    finish(0);
    finish(1);
    await merge('answers.csv', true);
    const note = '.score-00000-of-00002.merged';
    expect(readdirSync(directory).sort()).toEqual([note, 'answers.csv']);
    const shard = { rank: 0, worldSize };
    const options = { directory, shard, formats: [], rowsPerPart: 1, fingerprint: {} };
    expect(await finishedShard(options)).toMatchObject({ counts: { rows: 1 } });
    await merge('answers.csv', true);
    expect(readdirSync(directory).sort()).toEqual([note, 'answers.csv']);
    rmSync(join(directory, 'answers.csv'));
    await expect(merge('answers.csv', true)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  });

  it('goes on where it was killed, before and after the joined rows had their name', async () => {
    finish(0);
    finish(1);
    write('answers.csv.partial', 'row of 0\nro');
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
