import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileDiagnostics } from '../../../src/documents/check-file.ts';
import { kindDefinitions } from '../../../src/documents/kinds/index.ts';
import { renderDiagnostics } from '../../../src/documents/render-diagnostic.ts';
import { findingTexts } from '../../../src/documents/explain.ts';
import { ruleTexts } from '../../../src/documents/rules/catalogue/index.ts';
import { setTexts } from '../../../src/documents/rules/catalogue/sets.ts';
import { commonRules } from '../../../src/documents/rules/common.ts';
import { checkFixture, documentFixtures, listDocumentFixtures } from '../../helpers/document-fixtures.ts';

const fixtures = listDocumentFixtures();
const rows = (verdict: 'valid' | 'invalid') =>
  fixtures
    .filter((fixture) => fixture.verdict === verdict)
    .map((fixture) => [`${fixture.folder}/${fixture.name}`, fixture] as const);

/** What each file is expected to give stands beside it; `vitest -u` rewrites it, and the diff is to be read. */
async function expectBeside(stem: string, rendered: string): Promise<void> {
  // A file that gives nothing has no `.txt`.
  const isNothing = rendered === '' && !existsSync(`${stem}.txt`);
  await expect(rendered).toMatchFileSnapshot(
    isNothing ? join(documentFixtures, 'nothing.txt') : `${stem}.txt`,
  );
}

describe('an invalid document', () => {
  it.each(rows('invalid'))('%s gives exactly the expected findings', async (_, fixture) => {
    const checked = checkFixture(fixture);
    const findings = fileDiagnostics(checked);
    expect(findings).not.toEqual([]);
    expect([checked.kind ?? fixture.folder, 'yaml']).toContain(fixture.folder);
    await expectBeside(fixture.stem, renderDiagnostics(findings, checked.text));
  });
});

describe('a valid document, however near to an invalid one', () => {
  it.each(rows('valid'))('%s gives no error', async (_, fixture) => {
    const checked = checkFixture(fixture);
    const findings = fileDiagnostics(checked);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect([checked.kind, 'yaml']).toContain(fixture.folder);
    await expectBeside(fixture.stem, renderDiagnostics(findings, checked.text));
  });
});

const rules = [
  ...new Map(
    [...commonRules, ...kindDefinitions.flatMap((kind) => kind.rules)].map((rule) => [rule.name, rule]),
  ).values(),
];
const base = new Map(
  fixtures.map((fixture) => {
    const checked = checkFixture(fixture);
    const names = new Set(
      checked.documents.flatMap(({ definition }) =>
        [...commonRules, ...definition.rules].map(({ name }) => name),
      ),
    );
    return [
      fixture,
      { names, findings: fileDiagnostics(checked).map((each) => JSON.stringify(each)) },
    ] as const;
  }),
);

function missedWithout(name: string): string[] {
  return [...base].flatMap(([fixture, { names, findings }]) => {
    if (!names.has(name)) return [];
    const left = new Set(
      fileDiagnostics(checkFixture(fixture, { withoutRule: name })).map((each) => JSON.stringify(each)),
    );
    return findings.filter((each) => !left.has(each));
  });
}

describe('a rule', () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s is missed when it is left out, and reports what it says that it reports',
    (name, { codes }) => {
      const missed = missedWithout(name).map((each) => (JSON.parse(each) as { code: string }).code);
      expect([...new Set(missed)].sort()).toEqual([...codes].sort());
    },
  );
});

describe('the catalogue', () => {
  const codes = new Set(
    fixtures.flatMap((fixture) => fileDiagnostics(checkFixture(fixture)).map(({ code }) => code)),
  );

  it('explains every code', () => {
    const declared = rules.flatMap((rule) => rule.codes);
    expect([...codes, ...declared].filter((code) => !Object.hasOwn(findingTexts, code))).toEqual([]);
  });

  it('holds no code that no fixture gives', () => {
    expect(
      Object.keys(ruleTexts).filter((code) => !codes.has(code) && !Object.hasOwn(setTexts, code)),
    ).toEqual([]);
  });
});
