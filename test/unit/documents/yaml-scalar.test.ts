import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/documents/parse-yaml.ts';
import { yamlScalar } from '../../../src/documents/yaml-scalar.ts';
import { toValue } from '../../../src/documents/yaml-tree.ts';

/** As Azure's tools read it: YAML 1.1. */
function read(document: string): unknown {
  const { roots, diagnostics } = parseYaml(document, 'written.yml');
  expect(diagnostics).toEqual([]);
  return roots.map(toValue)[0];
}

/** Words that some reader takes for something else than text, and characters that mean something in YAML. */
// prettier-ignore
const tricky = [
  '', ' ', 'yes', 'No', 'y', 'N', 'on', 'OFF', 'true', 'null', '~', 'Null', '.inf', '.nan', '-.inf', '.5',
  '010', '0o17', '0x1F', '0b1', '1_000', '1e5', '1e1', '2e-5', '1.5', '12:30', '1:2.5', '2026-11-23', '15',
  '2026-11-23T10:00:00Z', '=', '<<', '-', '- a', '? a', ': a', 'a: b', 'a:', 'a #b', '#a', '!x', '&x',
  '*x', '%x', '@x', '`x`', '|', '>', '[a]', '{a}', ', ', "it's", '"quoted"', `both ' and "`, 'back\\slash',
  "\\'", 'C:\\models\\deit', ' leading', 'trailing ', 'two  blanks', 'tab\there', 'line\nbreak', '\r',
  '\u0000', '\u0085', '\u2028', '\uFEFF', '\uFFFE', '\u00A0', 'Kühlschrank', '牛乳', '🥛', '---', '...',
  '--- a', 'azureml:deit:1',
  'azureml://registries/azureml/models/m/versions/15', '${{parent.inputs.x}}', '<<x>>', 'a,b', 'e: ',
];

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.stringMatching(/^[-+.0-9eE_:xob ]{0,8}$/) },
  { weight: 1, arbitrary: fc.constantFrom(...tricky) },
);
// Minus zero is written as zero.
const number = fc
  .oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.constantFrom(5e-5, 1e-4, 0.001, 1e21, 1e16, 0, -0, 33.3),
  )
  .map((value) => (value === 0 ? 0 : value));

describe('a scalar that is written', () => {
  it.each(tricky)('%j reads back as the same text, as value, list item and key', (value) => {
    const written = yamlScalar(value);
    expect(written).not.toMatch(/[\r\n]/);
    const document = `value: ${written}\nlist:\n  - ${written}\nmap:\n  ${written}: 1\n`;
    const expected = { value, list: [value], map: { [value]: 1 } };
    expect(read(document)).toEqual(expected);
    expect(load(document)).toEqual(expected);
  });

  it('reads back as what it was, whatever it was, by readers of YAML 1.1 and of YAML 1.2', () => {
    fc.assert(
      fc.property(fc.oneof(text, number, fc.boolean()), (value) => {
        const document = `k: ${yamlScalar(value)} # comment\n`;
        expect(read(document)).toEqual({ k: value });
        expect(load(document)).toEqual({ k: value });
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['blue', 'blue'],
    ['azureml:deit:1', 'azureml:deit:1'],
    ['./data/train', './data/train'],
    ['Fine-tune DeiT base, multiclass', 'Fine-tune DeiT base, multiclass'],
    ["it's", `"it's"`],
    ['1e5', "'1e5'"],
    [5e-5, '5.0e-5'],
    [0.001, '0.001'],
    [15, '15'],
    [true, 'true'],
  ])('%j is written as people would: %s', (value, written) => {
    expect(yamlScalar(value)).toBe(written);
  });

  it('is refused for a number that is none', () => {
    expect(() => yamlScalar(Number.NaN)).toThrow(RangeError);
    expect(() => yamlScalar(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });
});
