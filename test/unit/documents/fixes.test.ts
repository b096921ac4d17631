import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CardLock } from '../../../src/card/index.ts';
import { fixText } from '../../../src/documents/apply-fixes.ts';
import { checkFile, fileDiagnostics } from '../../../src/documents/check-file.ts';
import type { Diagnostic } from '../../../src/documents/diagnostic.ts';
import { checkFixture, listDocumentFixtures } from '../../helpers/document-fixtures.ts';

const lock: CardLock = {
  lockVersion: 1,
  registry: 'azureml',
  name: 'facebook-deit-base-patch16-224',
  version: '15',
  wireFormat: 'columns',
  cardSha256: '0'.repeat(64),
};

const folder = fileURLToPath(new URL('../../fixtures/fixes/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yml') && !name.endsWith('.fixed.yml'));

function check(text: string): Diagnostic[] {
  return fileDiagnostics(checkFile({ text, file: 'x.yml', asOf: '2026-11-23', lock }));
}

describe('the fixes of rules', () => {
  // `vitest -u` rewrites what is expected, and the diff is to be read.
  it.each(names)('%s becomes what stands beside it', async (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const fixed = await fixText(text, check);
    await expect(fixed.text).toMatchFileSnapshot(join(folder, name.replace('.yml', '.fixed.yml')));
    expect(await fixText(fixed.text, check)).toMatchObject({ text: fixed.text, fixed: [] });
  });

  const fixtures = listDocumentFixtures().map(
    (fixture) => [`${fixture.folder}/${fixture.name}`, fixture] as const,
  );

  it.each(fixtures)('make %s no worse, and leave nothing to fix', async (_, fixture) => {
    const { text, kind } = checkFixture(fixture);
    const ofKind = (changed: string): Diagnostic[] =>
      fileDiagnostics(
        checkFile({ text: changed, file: 'x.yml', asOf: '2026-11-23', ...(kind === null ? {} : { kind }) }),
      );
    const errors = (list: readonly Diagnostic[]): number =>
      list.filter(({ severity }) => severity === 'error').length;
    const before = ofKind(text);
    const fixed = await fixText(text, ofKind);
    expect(errors(fixed.remaining)).toBeLessThanOrEqual(errors(before));
    expect(fixed.remaining).toEqual(ofKind(fixed.text));
    expect(fixed.text === text).toBe(fixed.fixed.length === 0);
  });
});
