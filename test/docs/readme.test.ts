import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors/index.ts';

const readme = readFileSync('README.md', 'utf8');

describe('README', () => {
  it('lists exactly the commands and the error codes that there are', () => {
    expect(() =>
      execFileSync(process.execPath, ['scripts/update-readme.mjs', '--check'], { stdio: 'pipe' }),
    ).not.toThrow();
    for (const code of Object.keys(errorCodes)) expect(readme).toContain(`\`${code}\``);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(1);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});

describe('error codes', () => {
  it('are all raised somewhere', () => {
    const sources = execFileSync('git', ['grep', '-hoE', "'[A-Z][A-Z0-9_]+'", '--', 'src'], {
      encoding: 'utf8',
    });
    const raised = new Set(sources.split('\n').map((line) => line.slice(1, -1)));
    expect(Object.keys(errorCodes).filter((code) => !raised.has(code))).toEqual([]);
  });
});
