import { describe, expect, it } from 'vitest';
import { renderDiagnostic } from '../../../src/documents/index.ts';
import type { Diagnostic } from '../../../src/documents/index.ts';

const diagnostic: Diagnostic = {
  severity: 'error',
  code: 'wrong-type',
  message: 'it is wrong',
  file: 'd.yml',
  line: 2,
  column: 4,
  length: 3,
  pointer: '/a',
};

describe('renderDiagnostic', () => {
  it('shows the line and a caret under the value', () => {
    expect(renderDiagnostic(diagnostic, 'x: 1\na: bcd\r\n')).toBe(
      'd.yml:2:4: error wrong-type: it is wrong\n2 | a: bcd\n  |    ^^^\n',
    );
  });

  it('keeps tabs, so that the caret stands under its text', () => {
    expect(renderDiagnostic({ ...diagnostic, line: 1 }, '\ta:bcd')).toContain('1 | \ta:bcd\n  | \t  ^^^\n');
  });

  it('cuts a long line around the caret', () => {
    const line = `${'x'.repeat(5000)}HERE${'y'.repeat(5000)}`;
    const shown = renderDiagnostic({ ...diagnostic, line: 1, column: 5001, length: 4 }, line).split('\n');
    expect(shown[1]?.length).toBeLessThan(130);
    const caret = shown[2]?.indexOf('^') ?? -1;
    expect(shown[1]?.slice(caret, caret + 4)).toBe('HERE');
  });

  it('lets no control character of the file through', () => {
    expect(renderDiagnostic({ ...diagnostic, line: 1 }, 'a: \u001B[31mred')).toContain('a: \uFFFD[31mred');
  });

  it('shows the message only where there is no source', () => {
    expect(renderDiagnostic(diagnostic)).toBe('d.yml:2:4: error wrong-type: it is wrong\n');
    expect(renderDiagnostic({ ...diagnostic, line: 0, column: 0, length: 0 }, 'a: b')).toBe(
      'd.yml: error wrong-type: it is wrong\n',
    );
  });
});
