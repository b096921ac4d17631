import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFile, fileDiagnostics } from '../../../src/documents/check-file.ts';
import type { Diagnostic } from '../../../src/documents/diagnostic.ts';
import { renderDiagnostics } from '../../../src/documents/render-diagnostic.ts';
import { listDocumentFixtures } from '../../helpers/document-fixtures.ts';

/** As large as a document may be: a little less than a mebibyte of `part`. */
const fill = (part: string, bytes = 1024 * 1024 - 64): string => part.repeat(Math.floor(bytes / part.length));
const numbered = (line: (index: number) => string, count = 40_000): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

function check(text: string | Uint8Array): Diagnostic[] {
  return fileDiagnostics(
    checkFile({ text, file: 'x.yml', asOf: '2026-11-23', kind: 'managedOnlineEndpoint' }),
  );
}

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...Array.from({ length: 25 }, (_, index) => {
    const [from, to] = [`a${index === 0 ? '' : index}`, `a${index + 1}`];
    return `${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(', ')}]`;
  }),
].join('\n');

describe('a hostile file', () => {
  it.each<[string, string, string]>([
    ['a hundred thousand brackets', '['.repeat(100_000), 'yaml-syntax'],
    ['nested mappings', '{a: '.repeat(100_000), 'yaml-syntax'],
    ['nested block lists', '- '.repeat(100_000), 'yaml-syntax'],
    ['nested block mappings', numbered((index) => `${' '.repeat(index)}a:`, 1000), 'yaml-syntax'],
    ['items without end', fill('- a\n'), 'yaml-too-large'],
    ['flow items without end', `[${fill('[],')}]`, 'yaml-too-large'],
    ['one key again and again', fill('a: 1\n'), 'yaml-too-large'],
    ['documents without end', fill('---\n'), 'yaml-too-large'],
    ['an alias bomb', bomb, 'yaml-too-large'],
    ['an endless number', `name: ${fill('9')}`, 'yaml-syntax'],
    ['an endless sexagesimal number', `name: 1${fill(':1')}`, 'yaml-syntax'],
    ['an endless name', `name: ${fill('x')}`, 'invalid-name'],
    ['an endless unfinished text', `name: "${fill('\\"')}`, 'yaml-syntax'],
    ['an endless tag', `name: !${fill('x')}`, 'yaml-tag'],
    ['an endless key', `"${fill('k')}": 1`, 'unknown-key'],
    ['unknown keys without end', numbered((index) => `nam${index}: 1`), 'unknown-key'],
    ['anchors without end', numbered((index) => `k${index}: &a${index} 1`), 'unknown-key'],
    ['braces without end', `name: "${fill('{{')}"`, 'invalid-name'],
    ['angle brackets without end', `name: "${fill('<a')}"`, 'invalid-name'],
    ['changes of case without end', `auth_mode: ${fill('aA')}`, 'invalid-value'],
    ['indented tabs', `name: abc\ntraffic:\n${fill('\t')}a: 1`, 'yaml-syntax'],
    ['a control character', 'name: "a\u007Fb"', 'yaml-syntax'],
    ['half of a pair', 'name: "a\uD800b"', 'yaml-syntax'],
    ['a non-character', 'name: "a\uFFFEb"', 'yaml-syntax'],
    ['another major version', '%YAML 2.0\n---\nname: abc\n', 'yaml-syntax'],
  ])('of %s is answered', (_, text, code) => {
    const findings = check(text);
    expect(findings.map((each) => each.code)).toContain(code);
    expect(findings.length).toBeLessThan(310);
    expect(renderDiagnostics(findings, text).length).toBeLessThan(400_000);
  });

  it.each([
    ['%YAML 1.2\n---\nname: abc\n'],
    ['%FOO bar\n---\nname: abc\n'],
    ['\uFEFFname: abc\r\n'],
    ['name: abc\rauth_mode: key\r'],
    ['name: abc\ndescription: "😀 \u0085"\n'],
    [`name: abc\n${fill('# comment\n')}`],
    [`name: abc\ndescription: ${fill('x')}\n`],
  ])('is not every odd one: %#', (text) => {
    expect(check(text)).toEqual([]);
  });

  it('in UTF-16 or Latin-1 is told so', () => {
    for (const bytes of [
      Buffer.from('\uFEFFname: abc\n', 'utf16le'),
      Buffer.from('\uFEFFname: abc\n', 'utf16le').swap16(),
      Buffer.from('name: caf\u00E9\n', 'latin1'),
      Buffer.from([0x61, 0xe2, 0x82]),
    ]) {
      expect(check(bytes).map(({ code }) => code)).toEqual(['yaml-encoding']);
    }
    // Without a mark UTF-16 is UTF-8 with NUL characters.
    expect(check(Buffer.from('name: abc\n', 'utf16le')).map(({ code }) => code)).toEqual(['yaml-syntax']);
    expect(check(Buffer.from('\u00E9: 1\nname: caf\u00E9', 'latin1'))[0]).toMatchObject({
      line: 1,
      column: 1,
    });
    expect(
      check(Buffer.concat([Buffer.from('a: 1\nb: \u20AC'), Buffer.from([0xff, 0x0a])]))[0],
    ).toMatchObject({
      message: expect.stringContaining('0xff') as string,
      line: 2,
      column: 5,
    });
  });
});

const sources = listDocumentFixtures().map(({ stem }) => readFileSync(`${stem}.yml`));
const noise = [
  '\0',
  '\t',
  '---\n',
  '&a ',
  '*a',
  '<<: ',
  '? ',
  '!!int ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '\n',
  '\r',
  '|',
  '%',
  '#',
  ': ',
  '- ',
  '\uFEFF',
  '\u00E9',
];

describe('a document that is damaged', () => {
  it('gives findings with places in it, and never throws', () => {
    const damage = fc.tuple(
      fc.constantFrom('cut', 'insert', 'copy', 'byte'),
      fc.nat(),
      fc.nat({ max: 40 }),
      fc.constantFrom(...noise),
    );
    const damaged = fc
      .tuple(fc.constantFrom(...sources), fc.array(damage, { minLength: 1, maxLength: 4 }))
      .map(([source, damages]) => {
        let bytes = source;
        for (const [what, at, length, text] of damages) {
          const start = at % (bytes.length + 1);
          const [before, after] = [bytes.subarray(0, start), bytes.subarray(start)];
          if (what === 'cut') bytes = Buffer.concat([before, after.subarray(length)]);
          else if (what === 'insert') bytes = Buffer.concat([before, Buffer.from(text), after]);
          else if (what === 'copy') bytes = Buffer.concat([before, after.subarray(0, length), after]);
          else bytes = Buffer.concat([before, Buffer.from([at % 256]), after.subarray(1)]);
        }
        return bytes;
      });
    fc.assert(
      fc.property(damaged, (bytes) => {
        const file = checkFile({ text: bytes, file: 'x.yml', asOf: '2026-11-23' });
        const lines = bytes.toString('utf8').split(/\r\n|\n|\r/);
        for (const { line, column, length, code, message } of fileDiagnostics(file)) {
          expect([code, message]).not.toContain('');
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(Math.min(column, length)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
