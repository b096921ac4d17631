import { editDistance, nearestNames, orList } from '../io/nearest-names.ts';
import type { ValueKeyword } from './matches-schema.ts';
import { resolvePlainScalar } from './resolve-scalar.ts';
import type { DocumentSchema, Schema } from './schema.ts';
import { abbreviate } from './yaml-tree.ts';
import type { YamlNode, YamlScalar } from './yaml-tree.ts';

/** What a value that fails a keyword of its schema gives: a code, what was expected, and what it must be if that is clear. */
export function expectation(
  keyword: ValueKeyword,
  schema: Schema,
  node: YamlNode,
): readonly [code: string, expected: string, correct?: string] {
  switch (keyword) {
    case 'not':
      return node.kind === 'scalar' && node.scalar.type === 'null'
        ? ['empty-value', 'leave the key out or give it a value']
        : [schema['x-code'] ?? 'invalid-value', schema['x-expected'] ?? 'expected another value'];
    case 'type':
      return typeExpectation(schema, node);
    case 'const':
      return ['invalid-value', `expected ${String(schema.const)}`];
    case 'enum':
      return enumExpectation(schema, node);
    case 'minLength':
    case 'maxLength':
    case 'pattern':
      if (keyword === 'minLength' && schema.minLength === 1) return ['empty-value', 'expected text'];
      return [schema['x-code'] ?? 'invalid-value', schema['x-expected'] ?? 'expected another form'];
    case 'minimum':
      return ['out-of-range', `expected at least ${schema.minimum}`];
    case 'maximum':
      return ['out-of-range', `expected at most ${schema.maximum}`];
    case 'maxItems':
      return [
        'too-many-items',
        `expected at most ${schema.maxItems === 1 ? 'one item' : `${schema.maxItems} items`}`,
      ];
    case 'minItems':
      return [
        'empty-value',
        `expected at least ${schema.minItems === 1 ? 'one item' : `${schema.minItems} items`}`,
      ];
  }
}

function typeExpectation(
  schema: Schema,
  node: YamlNode,
): readonly [code: string, expected: string, correct?: string] {
  const expected = `expected ${expectedType(schema)}`;
  if (node.kind !== 'scalar') return ['wrong-type', expected];
  if (node.scalar.type === 'null') return ['empty-value', `${expected}, or leave the key out`];
  if (schema.type === 'string' && schema.enum !== undefined) return choiceExpectation(schema.enum, node);
  if (schema.type !== 'string') return ['wrong-type', expected];
  const quoted = `"${node.source}"`;
  const hint = `${expected}, so quote it: "${abbreviate(node.source)}"`;
  return node.plain && /^[\w.:+-]+$/.test(node.source) ? ['wrong-type', hint, quoted] : ['wrong-type', hint];
}

/** Words of which one was given without the quotes that would make text of it. */
function choiceExpectation(
  values: readonly unknown[],
  node: YamlScalar,
): readonly [code: string, expected: string, correct?: string] {
  const word = node.source.toLowerCase();
  if (!values.includes(word)) return ['wrong-type', `expected ${orList(values.map(quotedWhereNeeded))}`];
  const hint = `expected text, so quote it: "${word}"`;
  return node.plain ? ['wrong-type', hint, `"${word}"`] : ['wrong-type', hint];
}

function quotedWhereNeeded(value: unknown): string {
  const text = String(value);
  return resolvePlainScalar(text).type === 'text' ? text : `"${text}"`;
}

function enumExpectation(
  schema: Schema,
  node: YamlNode,
): readonly [code: string, expected: string, correct?: string] {
  const values = (schema.enum ?? []).map(String);
  const expected = `expected ${orList(values)}`;
  if (node.kind !== 'scalar') return ['invalid-value', expected];
  const [nearest, second] = nearestNames(node.source, values, { limit: 2 });
  if (nearest === undefined) return ['invalid-value', expected];
  const message = `${expected}; did you mean '${nearest}'?`;
  return second === undefined && isMisspelling(node.source, nearest)
    ? ['invalid-value', message, nearest]
    : ['invalid-value', message];
}

/** Nothing else can be meant: only the case is wrong, or a letter or two of a word that is long enough to tell. */
function isMisspelling(given: string, meant: string): boolean {
  const distance = editDistance(given.toLowerCase(), meant.toLowerCase());
  return distance === 0 || (distance <= 2 && given.length > 3 && meant.length > 2);
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
  null: 'nothing',
};

function expectedType(schema: Schema): string {
  if (schema.enum !== undefined) return orList(schema.enum.map(String));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return orList(types.map((type) => typeWords[type] ?? type));
}

/** What a missing key is for, in brackets: the first sentence of its description. */
export function keyDescription(schemas: DocumentSchema, parent: Schema, key: string): string {
  const sentence = schemas.resolve(parent).properties?.[key]?.description?.split(/\.(?: |$)/, 1)[0];
  return sentence === undefined || sentence === ''
    ? ''
    : ` (${/^[A-Z][a-z ]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence})`;
}
