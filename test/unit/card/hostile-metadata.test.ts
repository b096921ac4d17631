import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffCards, parseLock, parseQuotas, readRegistryCard } from '../../../src/card/index.ts';
import { parsePythonLiteral } from '../../../src/card/python-literal.ts';

/** JSON with the names in it that the readers look for. */
const names = [
  'name',
  'version',
  'id',
  'tags',
  'properties',
  'system_metadata',
  'SKU',
  'supportedComputes',
  'value',
];
const keys = [
  'inference_compute_allow_list',
  'inference-min-sku-spec',
  'limit',
  'model_specific_defaults',
  '__proto__',
];
const { document } = fc.letrec((tie) => ({
  document: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 15, -1, '', 'a, b', "['x']", "ordereddict({'a': 'b'})", '4|1|28|176'),
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names, ...keys), tie('document'), { maxKeys: 4 }),
  ),
}));

describe('whatever a file holds', () => {
  it('is read or refused, never a crash, and a card never differs from itself', () => {
    let cards = 0;
    const property = fc.property(document, (value) => {
      const parsed = JSON.parse(JSON.stringify(value)) as unknown;
      const quotas = parseQuotas(parsed);
      const limits = 'fault' in quotas ? [] : quotas.map(({ limit }) => limit);
      parseLock(JSON.stringify(parsed));
      const card = readRegistryCard(parsed);
      if (card !== undefined) cards += 1;
      return (
        limits.every((limit) => limit >= 0) &&
        (card === undefined || diffCards(card, card).changes.length === 0)
      );
    });
    expect(fc.check(property, { numRuns: 2_000 }).counterexample).toBeNull();
    expect(cards).toBeGreaterThan(0);
  });

  it("survives Python's repr of texts", () => {
    const repr = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' })), (texts) => {
        expect(parsePythonLiteral(`[${texts.map(repr).join(', ')}]`)).toEqual(texts);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]()\'":, ab1\\'.split('')) }), (text) => {
        parsePythonLiteral(text);
      }),
      { numRuns: 2_000 },
    );
  });
});
