import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmlDeitError } from '../../../../src/errors/index.ts';
import {
  clearRunWithoutRows,
  finishedShard,
  ShardOutput,
  wholeInput,
} from '../../../../src/serving/batch/index.ts';
import { rowFormats } from '../../../../src/serving/batch/row-formats.ts';
import type { RowFormatName } from '../../../../src/serving/batch/row-formats.ts';
import type { ScoredItem } from '../../../../src/serving/batch/score-items.ts';

const journal = '.score-00000-of-00001.journal';

describe('the output of a shard', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-output-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const options = (column: string, formats: readonly RowFormatName[] = ['jsonl', 'csv']) => ({
    directory,
    shard: wholeInput,
    formats: rowFormats(formats, { kind: 'top', k: 1 }, {
      task: 'single-label',
      labels: ['a'],
      architecture: { hiddenSize: 1 },
    } as never),
    rowsPerPart: 10,
    fingerprint: { column },
  });
  const row: ScoredItem = {
    item: {
      id: 'a.png',
      place: { kind: 'file', path: Buffer.from('a.png').toString('base64') },
      heldBytes: 0,
      read: () => Promise.reject(new Error('never read')),
    },
    ok: false,
    error: new AmlDeitError('IMAGE_INVALID', 'broken'),
  };
  const start = async (column: string, formats?: readonly RowFormatName[], rows: ScoredItem[] = []) => {
    const output = await ShardOutput.open(options(column, formats));
    if (rows.length > 0) await output.append(rows);
    await output.close();
  };

  it('gives way to a corrected command as long as it has no row', async () => {
    await start('wrong', ['jsonl', 'azureml']);
    await start('right', undefined, [row]);
    expect(readdirSync(directory).sort()).toEqual([
      journal,
      'predictions-00000-of-00001-00000.csv.partial',
      'predictions-00000-of-00001-00000.jsonl.partial',
    ]);
    await expect(start('other')).rejects.toMatchObject({
      message: expect.stringContaining('column') as string,
    });
  });

  it('gives way to another number of processes as long as it has no row', async () => {
    const shared = { rank: 0, worldSize: 2 };
    await start('any');
    await clearRunWithoutRows(directory, wholeInput);
    expect(readdirSync(directory)).not.toEqual([]);
    await clearRunWithoutRows(directory, shared);
    expect(readdirSync(directory)).toEqual([]);
    await start('any', undefined, [row]);
    const before = readdirSync(directory);
    await clearRunWithoutRows(directory, shared);
    expect(readdirSync(directory)).toEqual(before);
    await expect(ShardOutput.open({ ...options('any'), shard: shared })).rejects.toMatchObject({
      message: expect.stringContaining('a run of 1 processes, not 2') as string,
    });
  });

  it.each(['{"broken', 'null', '{"rows":1}'])('says that its journal is damaged: %s', async (line) => {
    writeFileSync(join(directory, journal), `{"fingerprint":{"column":"right"}}\n${line}\n`);
    await expect(start('right')).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
      message: expect.stringContaining('damaged or was changed') as string,
    });
  });

  it.each(['{"files":', '5', '{}'])('says that its manifest is damaged: %s', async (text) => {
    writeFileSync(join(directory, 'manifest-00000-of-00001.json'), text);
    await expect(finishedShard(options('right'))).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
      message: expect.stringContaining('damaged or was changed') as string,
    });
  });
});
