import { describe, expect, it } from 'vitest';
import { parseBoundedJson } from '../../../src/serving/parse-bounded-json.ts';

const parse = (text: string): unknown => parseBoundedJson(Buffer.from(text));

describe('a body that is parsed within bounds', () => {
  it.each([
    '{"a":["x",{"b":"quote \\" bracket [ comma , backslash \\\\"}],"c":null}',
    '"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
    `${'['.repeat(32)}${']'.repeat(32)}`,
    `[${'"\\"",'.repeat(10_000)}1]`,
    '\ufeff{"a":1}',
    ` ${' '.repeat(1_000_000)}1`,
  ])('is what JSON.parse makes of it', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text.replace('\ufeff', '')));
  });

  it('may hold texts of any length', () => {
    const long = 'A'.repeat(5_000_000);
    expect(parse(`{"input_data":"${long}"}`)).toEqual({ input_data: long });
  });

  it.each([
    ['nesting', '['.repeat(33), /nested more than 32 levels deep/],
    ['nesting without end', '{"a":'.repeat(1_000_000), /nested more than 32 levels deep/],
    ['many values', `[${'1,'.repeat(60_000)}1]`, /holds more than 50000 values/],
    ['many empty lists', `[${'[],'.repeat(60_000)}1]`, /holds more than 50000 values/],
    ['many texts', '"",'.repeat(60_000), /holds more than 50000 values/],
    ['many quotes', '"'.repeat(200_000), /holds more than 50000 values/],
    ['many escaped quotes', `"${'\\"'.repeat(60_000)}"`, /has too many quotes/],
    ['a long number', '1'.repeat(2_000_000), /more than 1048576 bytes beside its texts/],
    ['much white space', ' '.repeat(2_000_000), /more than 1048576 bytes beside its texts/],
    ['a text without end', '"abc', /is not JSON/],
    ['a text that ends in a backslash', '"abc\\', /is not JSON/],
    ['nothing', '', /is empty/],
  ])('is refused for %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ status: 400 }) as Error);
    expect(() => parse(text)).toThrow(message);
  });
});
