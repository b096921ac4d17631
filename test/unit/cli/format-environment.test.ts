import { describe, expect, it } from 'vitest';
import { defaultShell, formatEnvironment } from '../../../src/cli/format-environment.ts';

const value = String.raw`C:\it's "a" $HOME`;

describe('formatEnvironment', () => {
  it.each([
    ['bash', String.raw`export A='C:\it'\''s "a" $HOME'`],
    ['fish', String.raw`set -gx A 'C:\\it\'s "a" $HOME';`],
    ['powershell', String.raw`$env:A = 'C:\it''s "a" $HOME'`],
    ['dotenv', String.raw`A="C:\\it's \"a\" \$HOME"`],
  ] as const)('quotes for %s', (shell, line) => {
    expect(formatEnvironment({ A: value }, shell)).toBe(`${line}\n`);
  });

  it('takes the shell of the machine', () => {
    expect(defaultShell({ SHELL: '/usr/bin/fish' }, 'linux')).toBe('fish');
    expect(defaultShell({ SHELL: '/bin/zsh' }, 'darwin')).toBe('bash');
    expect(defaultShell({}, 'win32')).toBe('powershell');
  });
});
