import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedLabels } from '../../../../src/actions/batch/expected-labels.ts';
import { listPictureFolder } from '../../../../src/actions/batch/picture-folder.ts';
import { readPredictions } from '../../../../src/actions/batch/read-predictions.ts';
import { summarizeRows } from '../../../../src/actions/batch/summarize-rows.ts';
import { tableRows } from '../../../../src/actions/batch/table-rows.ts';
import { silentHost } from '../../../../src/io/index.ts';

let folder: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aml-deit-rows-'));
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const host = { ...silentHost, message: ({ code }: { code: string }) => void told.push(code) };
const good = (id: string) => `${JSON.stringify({ id, classes: [{ label: 'can', score: 1 }] })}\n`;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const part = 'predictions-00000-of-00002-00000.jsonl';
const unfinishedPart = 'predictions-00001-of-00002-00000.jsonl.partial';

async function idsOf(unfinished: boolean): Promise<string[]> {
  const ids = [];
  for await (const { id } of readPredictions(folder, { unfinished })) ids.push(id);
  return ids;
}

describe('rows of a job that did not complete', () => {
  it('are those of whole lines, and of complete files alone unless asked for', async () => {
    write(part, good('a.jpg'));
    write(unfinishedPart, `${good('b.jpg')}${good('c.jpg')}${good('d.jpg').slice(0, -8)}`);
    expect(await idsOf(false)).toEqual(['a.jpg']);
    expect(await idsOf(true)).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
    // A whole value whose line is not ended may be the beginning of another.
    write(unfinishedPart, `${good('b.jpg')}${good('c.jpg').trimEnd()}`);
    expect(await idsOf(true)).toEqual(['a.jpg', 'b.jpg']);
    write(unfinishedPart, `${good('b.jpg')}\0\0\n${good('c.jpg')}`);
    expect(await idsOf(true)).toEqual(['a.jpg', 'b.jpg']);
    write(unfinishedPart, '');
    expect(await idsOf(true)).toEqual(['a.jpg']);
  });

  it('have the labels of the CSV beside them where there is no manifest, and are none without labels', async () => {
    write(unfinishedPart, '{"id":"a.jpg","probs":[0.25,0.75]}\n');
    expect(await idsOf(true)).toEqual([]);
    const classes = [
      { label: 'jar', score: 0.75 },
      { label: 'can', score: 0.25 },
    ];
    for (const [name, text] of [
      ['predictions-00001-of-00002-00000.csv.partial', 'id,error,can,jar\n'],
      ['predictions-00001-of-00002.csv.partial', '0,"[0.25, 0.75]","[""can"", ""jar""]",a.jpg\n'],
    ] as const) {
      write(name, text);
      const rows = [];
      for await (const row of readPredictions(folder, { unfinished: true })) rows.push(row);
      expect(rows).toEqual([{ id: 'a.jpg', classes }]);
      rmSync(join(folder, name));
    }
  });
});

describe('what a job wrote no row of', () => {
  const summarize = (more: Partial<Parameters<typeof summarizeRows>[0]>) =>
    summarizeRows({ output: folder, sources: [folder], expected: undefined, maxRows: 100, host, ...more });

  it('is listed also when a row belongs to no picture, or to one of several', async () => {
    write(part, `${good('other.jpg')}${good('1.jpg')}${good('can/2.jpg')}`);
    const { rows, counts } = await summarize({ sent: ['a/1.jpg', 'b/1.jpg', 'can/2.jpg', 'can/3.jpg'] });
    expect(rows.map(({ id, error }) => [id, error?.code])).toEqual([
      ['other.jpg', undefined],
      ['1.jpg', undefined],
      ['can/2.jpg', undefined],
      ['1.jpg', 'ROW_MISSING'],
      ['can/3.jpg', 'ROW_MISSING'],
    ]);
    expect(rows[3]?.error?.message).toBe('the job wrote 1 of the 2 rows of a/1.jpg, b/1.jpg');
    expect([counts.failed, told]).toEqual([2, ['rows-not-joined']]);
  });

  it('is known of a table by its rows and their numbers', async () => {
    write('list.csv', 'image\none\ntwo\nthree\n');
    write('list.jsonl', '{}\n{}');
    write('picture.jpg', '');
    const counted = ['list.csv', 'list.jsonl', 'picture.jpg'].map((name) => tableRows(join(folder, name)));
    expect(await Promise.all(counted)).toEqual([3, 2, undefined]);
    const lists = 'paths: [{file: list.csv}, {file: list.jsonl}]\ntransformations: [read_delimited]\n';
    write('MLTable', lists);
    expect(await tableRows(folder)).toBe(4);
    // Whoever runs it may know more of MLTables than the scorer does.
    write('MLTable', lists.replace('[read_delimited]', '[read_delimited, {take: 1}]'));
    expect(await tableRows(folder)).toBeUndefined();
    for (const name of ['list.csv', 'list.jsonl', 'MLTable', 'picture.jpg']) rmSync(join(folder, name));
    const all = await summarize({ tableRows: 3 });
    expect([all.counts.failed, all.rows[0]?.error?.code]).toEqual([3, 'ROW_MISSING']);
    write('predictions.csv', '1,"[0.5, 0.5]","[""can"", ""jar""]",two\n');
    const { rows } = await summarize({ tableRows: 3 });
    expect(rows.map(({ id }) => id)).toEqual(['two', 'row 1', 'row 3']);
  });

  it('says why under the name that was sent, and not where a node had it', async () => {
    const at = '/mnt/azureml/cr/j/1a/cap/data-capability/wd/INPUT_images/can/torn.jpg';
    const messages = [
      `${at} is no picture`,
      `the path ../a.jpg leads out of ${at.replace('/can/torn.jpg', '')}`,
    ];
    const row = (message: string) =>
      JSON.stringify({ id: 'can/torn.jpg', error: { code: 'ROW_INVALID', message } });
    write(part, messages.map((message) => `${row(message)}\n`).join(''));
    const { rows } = await summarize({});
    expect(rows.map(({ error }) => error?.message)).toEqual([
      'can/torn.jpg is no picture',
      'the path ../a.jpg leads out of the input',
    ]);
  });

  it('is not hidden by a row that is there twice', async () => {
    write(part, `${good('can/1.jpg')}${good('mount/can/1.jpg')}`);
    const { rows } = await summarize({ sent: ['can/1.jpg', 'can/2.jpg'] });
    expect(rows.map(({ id, error }) => [id, error?.code])).toEqual([
      ['can/1.jpg', undefined],
      ['can/2.jpg', 'ROW_MISSING'],
    ]);
    expect(told).toEqual(['rows-doubled']);
  });

  it('is told of labels that none of the rows has', async () => {
    write(part, good('can/1.jpg'));
    write('labels.csv', 'path,label\nelsewhere.jpg,can\n');
    const { accuracy } = await summarize({ expected: await expectedLabels(join(folder, 'labels.csv')) });
    expect([accuracy, told]).toEqual([{ labelled: 0, top1: 0, top5: 0 }, ['labels-unmatched']]);
    expect(readFileSync(join(folder, 'results.csv'), 'utf8')).toContain('can/1.jpg,can,1');
    await expect(expectedLabels(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('labels of a file', () => {
  it.each([
    ['with a header', 'path,label\ncan/1.jpg,can\n'],
    ['without one', '\uFEFFcan/1.jpg,can\r\n'],
    ['with other columns, in another order', 'Class,score,Image\r\n can ,1,./can/1.jpg\r\n'],
    ['of semicolons', 'can/1.jpg;can\n'],
    ['of tabs', 'file\tlabel\ncan/1.jpg\tcan\n'],
    ['of names alone', '1.jpg,can\n'],
    ['of longer paths', '/data/pictures/can/1.jpg,can\n/data/pictures/jar/1.jpg,jar\n'],
  ])('%s', async (_how, text) => {
    write('labels.csv', text);
    const labelOf = await expectedLabels(join(folder, 'labels.csv'));
    expect([labelOf('can/1.jpg'), labelOf('can/2.jpg')]).toEqual(['can', undefined]);
  });

  it('are those of one picture, however its accents are written, and never two', async () => {
    write('labels.csv', 'cafe\u0301.jpg,bar\na/1.jpg,one\nb/1.jpg,two\n');
    const labelOf = await expectedLabels(join(folder, 'labels.csv'));
    expect([labelOf('caf\u00E9.jpg'), labelOf('1.jpg')]).toEqual(['bar', undefined]);
    write('labels.csv', 'path,label\n1.jpg,one\n1.jpg,two\n');
    await expect(expectedLabels(join(folder, 'labels.csv'))).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      message: expect.stringContaining(':3: 1.jpg is two here, and one before') as string,
    });
  });
});

describe('names that no blob can have', () => {
  it.each([
    ['a\\b.png', 'a backslash'],
    ['a\rb.png', 'a control character'],
    ['\u001B[2J.png', 'a control character'],
    ['dotted./a.png', 'ends in a dot'],
  ])('are refused before anything is sent: %j', async (name, why) => {
    mkdirSync(join(folder, 'dotted.'));
    write(name, '');
    await expect(listPictureFolder(folder)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining(why) as string,
    });
  });
});
