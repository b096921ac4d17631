import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/documents/unified-diff.ts';

/** What `patch` does, without fuzz: every context and removed line has to be where the hunk says. */
function patch(before: string, diff: string): string {
  const source = before.split('\n');
  const result: string[] = [];
  let at = 0;
  const lines = diff.split('\n').slice(2, -1);
  for (const [index, line] of lines.entries()) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line);
    if (header !== null) {
      const start = Number(header[1]) - (header[2] === '0' ? 0 : 1);
      while (at < start) result.push(source[at++] ?? '');
    } else if (line === '\\ No newline at end of file') {
      continue;
    } else if (line.startsWith('+')) {
      result.push(line.slice(1));
    } else {
      if (source[at] !== line.slice(1)) throw new Error(`line ${at + 1} is not ${line.slice(1)}`);
      at += 1;
      if (line.startsWith(' ')) result.push(line.slice(1));
    }
    // The last line of a side has an end unless the next line says otherwise.
    if (index === lines.length - 1) while (at < source.length) result.push(source[at++] ?? '');
  }
  return result.join('\n');
}

describe('unifiedDiff', () => {
  it('shows three lines around a change', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\n';
    const after = 'a\nb\nc\nd\nE\nf\ng\nh\ni\n';
    expect(unifiedDiff(before, after, 'x/y.yml')).toBe(
      '--- a/x/y.yml\n+++ b/x/y.yml\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
    );
  });

  it('shows a new file as all added', () => {
    expect(unifiedDiff(undefined, 'a\nb\n', 'y')).toBe('--- /dev/null\n+++ b/y\n@@ -0,0 +1,2 @@\n+a\n+b\n');
  });

  it('marks a missing line end', () => {
    expect(unifiedDiff('a', 'a\n', 'y')).toBe(
      '--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n',
    );
  });

  it('makes two hunks of distant changes', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const changed = lines.with(2, 'two').with(25, 'other');
    const diff = unifiedDiff(`${lines.join('\n')}\n`, `${changed.join('\n')}\n`, 'y');
    expect(diff.match(/^@@/gm)).toHaveLength(2);
    expect(patch(`${lines.join('\n')}\n`, diff)).toBe(`${changed.join('\n')}\n`);
  });

  it('is empty for equal texts, and applied to the old text gives the new one', () => {
    const document = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd', '', ' e', '-f', '+g'), { maxLength: 40 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(unifiedDiff(before, before, 'y')).toBe('');
        const diff = unifiedDiff(before, after, 'y');
        expect(before === after ? after : patch(before, diff)).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  it('does not take long over two large texts that differ in everything', () => {
    const large = (word: string): string => `${word}\n`.repeat(5000);
    const diff = unifiedDiff(large('a'), large('b'), 'y');
    expect(diff.split('\n').filter((line) => line.startsWith('+b'))).toHaveLength(5000);
  });
});
