import { readFileSync, readdirSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { documentKinds } from '../../../src/documents/kinds/index.ts';

/** What our reader of schemas understands; annotations besides. */
const keywords = new Set([
  '$schema',
  '$id',
  '$ref',
  'title',
  'description',
  'default',
  'examples',
  'definitions',
  'type',
  'enum',
  'const',
  'not',
  'if',
  'then',
  'else',
  'allOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'x-read-as',
  'x-code',
  'x-expected',
  'x-text-keys',
  'x-elsewhere',
  'x-unknown',
  'propertyNames',
  'x-unknown',
  'propertyNames',
]);

/** Definitions that have a name in common and are two things all the same, with the reason. */
const sameNameOnly = {
  componentDistribution: "keys that are no text are refused only in a component's own file",
  componentInputs: 'a component that is described in a pipeline job may have bounds that are no numbers yet',
  componentResources: "keys that are no text are refused only in a component's own file",
  environment: 'jobs and components name files as file:./FILE.yml',
  environmentReference: 'jobs and components name files as file:./FILE.yml',
  identity: "an endpoint has identities made for it, a job its caller's or its cluster's",
  reference: 'a pipeline job names computes so, which have no version',
  route: "the ports of a job's environment are never asked for, those of a server are",
} as const;

function unknownKeywords(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (!keywords.has(key)) return [`${path}/${key}`];
    if (['type', 'enum', 'const', 'default', 'examples', 'required', 'x-elsewhere'].includes(key)) return [];
    if (['properties', 'definitions', 'allOf'].includes(key)) {
      return Object.entries(value as object).flatMap(([name, each]) =>
        unknownKeywords(each, `${path}/${key}/${name}`),
      );
    }
    return unknownKeywords(value, `${path}/${key}`);
  });
}

describe('a schema', () => {
  it('is there for every kind, and for nothing else', () => {
    const files = readdirSync('schemas').filter((file) => file.endsWith('.schema.json'));
    expect(files.sort()).toEqual(
      Object.keys(documentKinds)
        .map((kind) => `${kind}.schema.json`)
        .sort(),
    );
  });

  it.each(Object.keys(documentKinds))('of %s is draft-07 and uses keywords that we read', (kind) => {
    const schema = JSON.parse(readFileSync(`schemas/${kind}.schema.json`, 'utf8')) as { $id?: string };
    expect(unknownKeywords(schema, '')).toEqual([]);
    expect(schema.$id).toBe(`https://aml-deit/schemas/${kind}.schema.json`);
    const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false });
    ajv.addVocabulary(['x-read-as', 'x-code', 'x-expected', 'x-unknown', 'x-text-keys', 'x-elsewhere']);
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  it('describes what several kinds have in common in one way', () => {
    const seen = new Map<string, Set<string>>();
    for (const kind of Object.keys(documentKinds)) {
      const { definitions = {} } = JSON.parse(readFileSync(`schemas/${kind}.schema.json`, 'utf8')) as {
        definitions?: Record<string, unknown>;
      };
      for (const [name, definition] of Object.entries(definitions)) {
        seen.set(name, (seen.get(name) ?? new Set()).add(JSON.stringify(definition)));
      }
    }
    const differing = [...seen].filter(([, texts]) => texts.size > 1).map(([name]) => name);
    expect(differing.sort()).toEqual(Object.keys(sameNameOnly).sort());
    // Each is one of two things, and no third.
    expect([...seen].filter(([, texts]) => texts.size > 2)).toEqual([]);
    expect(seen.size).toBeGreaterThan(30);
  });
});
