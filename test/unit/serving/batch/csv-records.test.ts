import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsvRecords } from '../../../../src/serving/batch/csv-records.ts';
import type { TableRecord } from '../../../../src/serving/batch/csv-records.ts';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(
  text: string | Buffer,
  { size = 7, maxRecordBytes = 1000, delimiter = ',' } = {},
): Promise<TableRecord[]> {
  const records: TableRecord[] = [];
  const options = { name: 'list.csv', delimiter, maxRecordBytes };
  for await (const record of readCsvRecords(inPieces(Buffer.from(text), size), options)) records.push(record);
  return records;
}
const fieldsOf = (records: readonly TableRecord[]): (readonly string[] | string)[] =>
  records.map((record) => ('fault' in record ? record.fault : record.fields));

describe('CSV records', () => {
  it('come back as they were written, whatever the pieces', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r\n', ' ', ''),
      maxLength: 8,
    });
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        async (table, size, end) => {
          const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
          const text = table.map((row) => row.map(quoted).join()).join(end) + end;
          expect(fieldsOf(await read(text, { size }))).toEqual(table);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('drop a byte order mark and empty lines, and need no line feed at the end', async () => {
    expect(fieldsOf(await read('\uFEFFid,image\r\n\r\n1,a.png\n2,b.png'))).toEqual([
      ['id', 'image'],
      ['1', 'a.png'],
      ['2', 'b.png'],
    ]);
    expect(fieldsOf(await read('a\tb\n', { delimiter: '\t' }))).toEqual([['a', 'b']]);
  });

  it('know their line, lines within quotes counted', async () => {
    const records = await read('h\n"a\nb"\nc\n');
    expect(records.map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('that are too long, or have text after a closing quote, are faults of their own', async () => {
    const text = `a,b\n${'x'.repeat(2000)},1\n"y"z,2\nc,d\n`;
    expect(fieldsOf(await read(text, { size: 300 }))).toEqual([
      ['a', 'b'],
      'the row has more than 1000 bytes',
      'text follows a closing quote on line 3',
      ['c', 'd'],
    ]);
  });

  it('of nothing but separators or doubled quotes take no more memory than their bytes', async () => {
    const many = `a,b\n${','.repeat(300_000)}\n"${'""'.repeat(200_000)}",1\nc,d\n`;
    const records = await read(many, { size: 1 << 16, maxRecordBytes: 1e6 });
    expect(fieldsOf(records)).toEqual([
      ['a', 'b'],
      'the row has more than 100000 columns',
      ['"'.repeat(200_000), '1'],
      ['c', 'd'],
    ]);
  });

  it('end at a quote that never closes, which would swallow the rest', async () => {
    await expect(read('id\n1\n"2\n3\n4\n')).rejects.toMatchObject({
      code: 'TABLE_INVALID',
      message: 'list.csv:3: a quote opens here and never closes',
    });
  });
});
