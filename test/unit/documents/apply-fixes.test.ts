import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyFixes, fixText } from '../../../src/documents/apply-fixes.ts';
import type { Diagnostic, TextEdit } from '../../../src/documents/diagnostic.ts';

function finding(edits: readonly TextEdit[] | undefined, change: Partial<Diagnostic> = {}): Diagnostic {
  return {
    severity: 'error',
    code: 'unknown-key',
    message: 'm',
    file: 'f',
    line: 1,
    column: 1,
    length: 1,
    pointer: '',
    ...(edits === undefined ? {} : { fix: { edits } }),
    ...change,
  };
}

/** A checker for texts of words: each `bad` is an error that `good` repairs. */
function badWords(text: string): Diagnostic[] {
  return [...text.matchAll(/bad/g)].map(({ index }) =>
    finding([{ start: index, end: index + 3, text: 'good' }]),
  );
}

describe('applyFixes', () => {
  it('leaves every other byte as it is', () => {
    const text = '\uFEFFa: bad # c\r\n\tb:   bad\r\n\r\n';
    expect(applyFixes(text, badWords(text)).text).toBe('\uFEFFa: good # c\r\n\tb:   good\r\n\r\n');
  });

  it('makes the first of two that touch, and an edit that comes twice once', () => {
    const first = finding([{ start: 1, end: 3, text: 'X' }]);
    const touching = finding([{ start: 3, end: 4, text: 'Y' }]);
    const apart = finding([{ start: 5, end: 6, text: 'Z' }]);
    const { text, applied } = applyFixes('0123456', [apart, touching, first, { ...first }]);
    expect(text).toBe('0X34Z6');
    expect(applied).toHaveLength(3);
  });

  it('makes all edits of a fix or none', () => {
    const taken = finding([{ start: 0, end: 1, text: 'A' }]);
    const half = finding([
      { start: 4, end: 5, text: 'B' },
      { start: 1, end: 2, text: 'C' },
    ]);
    expect(applyFixes('012345', [taken, half]).text).toBe('A12345');
  });

  it('ignores edits that are not inside the text', () => {
    for (const edit of [
      { start: -1, end: 0, text: 'x' },
      { start: 2, end: 1, text: 'x' },
      { start: 0, end: 9, text: 'x' },
      { start: Number.NaN, end: 1, text: 'x' },
    ]) {
      expect(applyFixes('abc', [finding([edit])])).toEqual({ text: 'abc', applied: [] });
    }
  });

  it('changes nothing outside the edits, whatever they are', () => {
    const edit = fc.tuple(fc.nat(30), fc.nat(5), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(
        fc.string({ minLength: 30, maxLength: 30 }),
        fc.array(edit, { maxLength: 5 }),
        (text, list) => {
          const diagnostics = list.map(([start, length, inserted]) =>
            finding([{ start, end: Math.min(text.length, start + length), text: inserted }]),
          );
          const { text: after, applied } = applyFixes(text, diagnostics);
          const edits = applied.flatMap(({ fix }) => fix?.edits ?? []);
          const distinct = [...new Map(edits.map((one) => [JSON.stringify(one), one])).values()];
          const grown = distinct.reduce((sum, one) => sum + one.text.length - (one.end - one.start), 0);
          expect(after).toHaveLength(text.length + grown);
          const first = Math.min(text.length, ...distinct.map(({ start }) => start));
          expect(after.slice(0, first)).toBe(text.slice(0, first));
        },
      ),
    );
  });
});

describe('fixText', () => {
  it('goes on until nothing is left to fix', async () => {
    // Each round uncovers the next: worse → bad → good.
    const check = (text: string): Diagnostic[] => [
      ...badWords(text),
      ...[...text.matchAll(/worse/g)].flatMap(({ index }) => [
        finding([{ start: index, end: index + 5, text: 'bad' }]),
        finding(undefined, { severity: 'warning' }),
      ]),
    ];
    expect(await fixText('a bad b worse', check)).toEqual({
      text: 'a good b good',
      fixed: [expect.anything(), expect.anything(), expect.anything()],
      remaining: [],
    });
  });

  it('takes back what makes the text worse, and keeps what helps', async () => {
    const check = (text: string): Diagnostic[] => {
      if (text.includes('{')) return [finding(undefined, { code: 'yaml-syntax' })];
      return [
        ...badWords(text),
        ...(text.startsWith('x') ? [finding([{ start: 0, end: 1, text: '{' }])] : []),
      ];
    };
    expect(await fixText('x bad', check)).toMatchObject({
      text: 'x good',
      remaining: [{ code: 'unknown-key' }],
    });
    expect((await fixText('x bad bad', check)).text).toBe('x good good');
  });

  it('ends where two fixes undo each other', async () => {
    const check = (text: string): Diagnostic[] => [
      finding([{ start: 0, end: 1, text: text === 'a' ? 'b' : 'a' }]),
    ];
    expect(await fixText('a', check)).toMatchObject({ text: 'a', fixed: [] });
  });
});
