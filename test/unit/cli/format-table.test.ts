import { describe, expect, it } from 'vitest';
import { cutToWidth, displayWidth } from '../../../src/cli/display-width.ts';
import { formatTable } from '../../../src/cli/format-table.ts';
import { inertJson } from '../../../src/io/index.ts';
import { azureCommands, githubCommands } from '../../helpers/ci-commands.ts';

describe('a table', () => {
  it('keeps its columns under names of any script', () => {
    const rows = [
      ['can', '1'],
      ['牛乳パック', '2'],
      ['cafe\u0301', '3'],
      ['ﾊﾟｯｸ', '4'],
      ['🥫', '5'],
    ];
    const lines = formatTable(['class', 'n'], rows).trimEnd().split('\n');
    expect(lines.map((line) => displayWidth(line))).toEqual(lines.map(() => 13));
    expect(lines[2]).toBe('牛乳パック  2');
  });

  it('shows what a terminal or a CI service would obey as characters without effect', () => {
    const text = formatTable(
      ['', 'class'],
      [
        ['', '::error::a'],
        ['', '##vso[task.complete]b'],
        ['', 'c\u001b[2J\u009b1m\r\nd\te\u202e'],
      ],
    );
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
    expect(text.trimEnd().split('\n')).toHaveLength(4);
    expect([azureCommands(text), githubCommands(text)]).toEqual([[], []]);
  });
});

describe('a line that is cut', () => {
  it('ends before the character that does not fit', () => {
    expect(cutToWidth('牛乳パック', 5)).toBe('牛乳');
    expect(cutToWidth('abc', 80)).toBe('abc');
  });
});

describe('a JSON document', () => {
  it('holds no control character, and the same values', () => {
    const value = { label: 'a\u009b1m\u007f\u2028\u202e##[error]' };
    expect(inertJson(value)).toMatch(/^[\n\u0020-\u007E]+$/);
    expect(JSON.parse(inertJson(value))).toEqual(value);
  });
});
