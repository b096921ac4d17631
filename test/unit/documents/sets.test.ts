import { globSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile, fileDiagnostics } from '../../../src/documents/check-file.ts';
import { DocumentSet } from '../../../src/documents/document-set.ts';
import { renderDiagnostics } from '../../../src/documents/render-diagnostic.ts';
import { setTexts } from '../../../src/documents/rules/catalogue/sets.ts';
import { setRules } from '../../../src/documents/set-rules/index.ts';
import { documentFixtures, fixtureFiles } from '../../helpers/document-fixtures.ts';

const folder = join(documentFixtures, 'sets');
const sets = readdirSync(folder);

/** All findings of a folder's documents, with what they say only together. */
function render(set: string, withoutRule?: string): { text: string; codes: string[] } {
  const documents = new DocumentSet();
  const files = globSync('**/*.yml', { cwd: join(folder, set) })
    .sort()
    .map((file) => {
      const path = join(folder, set, file);
      const text = readFileSync(path, 'utf8');
      const checked = checkFile({
        text,
        file,
        asOf: '2026-11-23',
        directory: dirname(path),
        files: fixtureFiles,
      });
      documents.add(checked, path);
      return { checked, text };
    });
  documents.check('2026-11-23', withoutRule);
  const findings = files.map(({ checked, text }) => ({ text, diagnostics: fileDiagnostics(checked) }));
  return {
    text: findings.map(({ text, diagnostics }) => renderDiagnostics(diagnostics, text)).join(''),
    codes: findings.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)),
  };
}

describe('documents together', () => {
  it.each(sets)('in %s give exactly the expected findings', async (set) => {
    await expect(render(set).text).toMatchFileSnapshot(join(folder, set, 'expected.txt'));
  });

  it.each(setRules.map(({ name, codes }) => [name, codes] as const))(
    'need the rule %s, which reports what it says',
    (name, codes) => {
      const missed = sets.flatMap((set) => {
        const left = render(set, name).codes;
        return render(set).codes.filter((code) => {
          const index = left.indexOf(code);
          if (index !== -1) left.splice(index, 1);
          return index === -1;
        });
      });
      expect([...new Set(missed)].sort()).toEqual([...codes].sort());
    },
  );

  it('give every code that is explained for them', () => {
    const given = new Set(sets.flatMap((set) => render(set).codes));
    // The lock file and what cannot be read are no documents: the action's own tests have them.
    expect(Object.keys(setTexts).filter((code) => !given.has(code))).toEqual([
      'lock-invalid',
      'file-unreadable',
      'file-vanished',
    ]);
  });
});
