import { describe, expect, it } from 'vitest';
import { fileDiagnostics } from '../../../src/documents/check-file.ts';
import { documentKinds } from '../../../src/documents/kinds/index.ts';
import type { DocumentKind } from '../../../src/documents/kinds/kind.ts';
import { checkFixture, listDocumentFixtures } from '../../helpers/document-fixtures.ts';

/** Kinds share rules: a rule that fires for one of them must be seen to fire for each. */
const kinds = Object.keys(documentKinds) as DocumentKind[];

const found = new Map(
  kinds.map((kind) => [
    kind,
    new Set(
      listDocumentFixtures()
        .filter(({ folder }) => folder === kind)
        .flatMap((fixture) => fileDiagnostics(checkFixture(fixture)).map(({ code }) => code)),
    ),
  ]),
);

describe.each(kinds)('of the kind %s', (kind) => {
  it('every rule has a fixture that fires it', () => {
    const missed = documentKinds[kind].rules.flatMap((rule) =>
      rule.codes.filter((code) => found.get(kind)?.has(code) !== true).map((code) => `${rule.name} ${code}`),
    );
    expect(missed).toEqual([]);
  });
});
