import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pictureValueKind } from '../../../../src/serving/batch/picture-value.ts';
import { tableHashes, tableSource } from '../../../../src/serving/batch/table-source.ts';
import { wholeInput } from '../../../../src/serving/batch/shard.ts';

describe('the rows of a table', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-table-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const file = (content: string | Buffer, name = 'list.csv') => {
    writeFileSync(join(root, name), content);
    return { path: join(root, name), name, format: 'csv' } as const;
  };
  const ids = async (
    table: ReturnType<typeof file>,
    extra: { hasHeader?: boolean; column?: string } = {},
  ) => {
    const source = tableSource(
      {
        files: [{ ...table, ...(extra.hasHeader === undefined ? {} : { hasHeader: extra.hasHeader }) }],
        root,
        limits: { maxBytes: 1, retries: 0 },
        fetcher: { fetch: () => Promise.reject(new Error('never fetched')) },
        column: extra.column,
        maxRecordBytes: 100_000,
      },
      wholeInput,
    );
    const found: string[] = [];
    for await (const { id } of source.items(undefined, undefined)) found.push(id);
    return found;
  };

  it('has its first line as a row where there is no header', async () => {
    const table = file('a.png,1\nb.png,2\n');
    expect(await ids(table, { hasHeader: false, column: 'Column1' })).toEqual(['a.png', 'b.png']);
  });

  it('is not named by what no name should be', async () => {
    const long = 'x'.repeat(5000);
    expect(await ids(file(`id,image\n${long},a.png\n,https://a.example/${long}\n,b.png\n`))).toEqual([
      'list.csv#1',
      'list.csv#2',
      'b.png',
    ]);
  });

  it.each([
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'is compressed with gzip'],
    ['UTF-16', Buffer.from('\uFEFFimage\na.png\n', 'utf16le'), 'is in UTF-16'],
    ['UTF-16 without a mark', Buffer.from('image\na.png\n', 'utf16le'), 'is in UTF-16'],
    ['a workbook', Buffer.from('PK\u0003\u0004'), 'is a zip file'],
  ])('is refused when it is %s', async (_name, content, message) => {
    await expect(ids(file(content))).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    ['id;image\n1;a.png\n', /semicolons/],
    ['id\timage\n1\ta.png\n', /name the file \.tsv/],
    ['id,photo\n1,a.png\n', /--column NAME/],
  ])('says how another delimiter is read: %j', async (content, hint) => {
    await expect(ids(file(content))).rejects.toMatchObject({ hint: expect.stringMatching(hint) as string });
  });

  it('has another hash with another content of the same size', async () => {
    const hashes = [];
    for (const content of ['image\na.png\n', 'image\nb.png\n'])
      hashes.push(...(await tableHashes([file(content)], undefined)));
    expect(new Set(hashes).size).toBe(2);
    await expect(
      tableHashes([{ path: join(root, 'none.csv'), name: 'none.csv', format: 'csv' }], undefined),
    ).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('knows a BMP in base64 from a path', () => {
    const bmp = Buffer.alloc(60);
    bmp.write('BM', 'latin1');
    bmp.writeUInt32LE(60, 2);
    expect(pictureValueKind(bmp.toString('base64'))).toBe('base64');
    expect(pictureValueKind('Qkfolder/of/many/names/without/any/ending/at/all')).toBe('path');
  });
});
