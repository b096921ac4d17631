import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../../src/training/data/parse-csv.ts';

const cells = (text: string) => parseCsv(text, 'labels.csv').map((row) => row.cells);

describe('CSV as people write it', () => {
  it.each([
    [
      'a.jpg,can\nb.jpg,jar\n',
      [
        ['a.jpg', 'can'],
        ['b.jpg', 'jar'],
      ],
    ],
    [
      '\uFEFFa.jpg,can\r\nb.jpg,jar',
      [
        ['a.jpg', 'can'],
        ['b.jpg', 'jar'],
      ],
    ],
    [
      'a.jpg,can\rb.jpg,jar\r',
      [
        ['a.jpg', 'can'],
        ['b.jpg', 'jar'],
      ],
    ],
    ['\n\na.jpg , can \n\n', [['a.jpg', 'can']]],
    ['"a, b.jpg","say ""milk"""\n', [['a, b.jpg', 'say "milk"']]],
    [
      'a.jpg,"two\nlines"\nb.jpg,x',
      [
        ['a.jpg', 'two\nlines'],
        ['b.jpg', 'x'],
      ],
    ],
    [
      'a.jpg,\nb.jpg,""\n',
      [
        ['a.jpg', ''],
        ['b.jpg', ''],
      ],
    ],
    ['a.jpg,', [['a.jpg', '']]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(cells(text)).toEqual(expected);
  });

  it('keeps the lines of its rows', () => {
    expect(parseCsv('a,1\n\n"b\nc",2\nd,3', 'x').map(({ line }) => line)).toEqual([1, 3, 5]);
  });

  it.each([
    ['a,"open', 'labels.csv:1: a quote is opened and never closed'],
    ['x,y\n"a"b,1', 'labels.csv:2: "b" stands behind a closing quote, expected "," or the end of the line'],
  ])('refuses %j', (text, message) => {
    expect(() => cells(text)).toThrow(expect.objectContaining({ code: 'DATA_INVALID', message }));
  });
});
