import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import * as fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { detectKind } from '../../../src/documents/detect-kind.ts';
import { diagnosticSink } from '../../../src/documents/diagnostic.ts';
import { kindDefinitions } from '../../../src/documents/kinds/index.ts';
import type { DocumentKind } from '../../../src/documents/kinds/kind.ts';
import { parseYaml } from '../../../src/documents/parse-yaml.ts';
import { readDocument } from '../../../src/documents/read-document.ts';
import { documentSchema, DocumentSchema } from '../../../src/documents/schema.ts';
import type { Schema } from '../../../src/documents/schema.ts';
import { listDocumentFixtures } from '../../helpers/document-fixtures.ts';

function compile(schema: Schema): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
  ajv.addVocabulary(['x-read-as', 'x-code', 'x-expected', 'x-unknown', 'x-text-keys', 'x-elsewhere']);
  return ajv.compile(schema);
}

/** Undefined where the text is no mapping. */
function verdicts(
  text: string,
  schemas: DocumentSchema,
  validate: ValidateFunction,
): { ours: boolean; theirs: boolean; value: unknown; found: unknown } | undefined {
  const parsed = parseYaml(text, 'x.yml');
  const [root] = parsed.roots;
  if (root?.kind !== 'mapping') return undefined;
  const sink = diagnosticSink(parsed.text);
  const value = readDocument(root, schemas, sink, true);
  // That keys must be text is nothing that JSON, and so ajv, can tell.
  const found = sink.diagnostics.filter(
    ({ severity, code, message }) =>
      severity === 'error' && !(code === 'wrong-type' && message.startsWith('the key ')),
  );
  return { ours: found.length === 0, theirs: validate(value), value, found };
}

const texts = listDocumentFixtures().map(({ stem }) => readFileSync(`${stem}.yml`, 'utf8'));
const byKind = new Map<DocumentKind, string[]>(
  kindDefinitions.map(({ kind }) => [
    kind,
    texts.filter((text) => {
      const [root] = parseYaml(text, 'x.yml').roots;
      if (root?.kind !== 'mapping') return false;
      const detected = detectKind(root, 'x.yml', text);
      return detected.is === 'kind' && detected.definition.kind === kind;
    }),
  ]),
);

const scalars = [
  '',
  '~',
  '1',
  '0',
  '-1',
  '3.7',
  '"3"',
  'yes',
  'true',
  'abc',
  'azureml:a:1',
  '[]',
  '[1, a]',
  '{}',
  '{a: 1}',
  '2026-11-23',
  '.nan',
  '010',
  '99999999999999999999',
  'pipeline',
  'command',
  'model',
  'UPPER',
  '{path: x}',
  '""',
];

/** A document with one or a few lines changed. */
function mutated(documents: readonly string[]): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.constantFrom('delete', 'repeat', 'value', 'key', 'indent', 'swap'),
    fc.nat(),
    fc.constantFrom(...scalars),
  );
  return fc
    .tuple(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) => {
      const lines = text.split('\n');
      for (const [what, at, scalar] of changes) {
        const index = at % lines.length;
        const line = lines[index] ?? '';
        if (what === 'delete') lines.splice(index, 1);
        else if (what === 'repeat') lines.splice(index, 0, line);
        else if (what === 'value') lines[index] = line.replace(/:(?: .*)?$/, `: ${scalar}`);
        else if (what === 'key') lines[index] = line.replace(/^(\s*(?:- )?)(\w)/, '$1$2$2');
        else if (what === 'indent') lines[index] = line.replace(/^ {2}/, '');
        else
          [lines[index], lines[(index + 1) % lines.length]] = [lines[(index + 1) % lines.length] ?? '', line];
      }
      return lines.join('\n');
    });
}

const conditional = `
if: {properties: {type: {const: a}}, required: [type]}
then: {required: [b]}
else: {properties: {c: {type: integer}}}`;

describe('our reading of a schema', () => {
  it.each([...byKind].filter(([, documents]) => documents.length > 0))(
    'of %s refuses what ajv refuses and nothing else',
    (kind, documents) => {
      const schemas = documentSchema(kind);
      const validate = compile(schemas.root);
      for (const text of documents) {
        const verdict = verdicts(text, schemas, validate);
        expect([text, verdict?.ours]).toEqual([text, verdict?.theirs]);
      }
      fc.assert(
        fc.property(mutated(documents), (text) => {
          const verdict = verdicts(text, schemas, validate);
          const why = [verdict?.found, validate.errors];
          expect([verdict?.ours, why]).toEqual([verdict?.theirs, why]);
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each<[string, string, string]>([
    ['a condition on a member', conditional, 'type: a\n'],
    ['the other branch of it, which reads what it describes', conditional, 'c: "5"\n'],
    [
      'several conditions',
      `properties: {a: {type: integer}}
allOf:
  - {if: {required: [a]}, then: {properties: {b: {type: boolean}}}}
  - {properties: {c: {enum: [x]}}}`,
      'a: "1"\nb: "yes"\nc: y\n',
    ],
    [
      'names',
      'propertyNames: {pattern: "^[a-z]+$"}\nadditionalProperties: {type: number}',
      'a: "1e3"\nB: 2\n',
    ],
    ['items', 'properties: {a: {type: array, minItems: 1, items: {type: string}}}', 'a: []\n'],
  ])('knows %s', (_, yaml, text) => {
    const root = load(yaml) as Schema;
    const verdict = verdicts(text, new DocumentSchema(root), compile(root));
    expect(verdict?.ours).toBe(verdict?.theirs);
  });
});
