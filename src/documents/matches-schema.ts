import type { DocumentSchema, Schema } from './schema.ts';

/** Whether a value satisfies a schema, and nothing about why: for the conditions of `if` and `not`. */
export function matchesSchema(value: unknown, given: Schema, schemas: DocumentSchema): boolean {
  const schema = schemas.resolve(given);
  return (
    failedKeyword(value, schema, schemas) === undefined &&
    (schema.if === undefined || matchesBranch(value, schema, schemas)) &&
    (schema.allOf ?? []).every((each) => matchesSchema(value, each, schemas)) &&
    matchesItems(value, schema, schemas) &&
    matchesProperties(value, schema, schemas)
  );
}

/** Keywords that say something about a value itself, in the order in which the first that fails explains the others. */
const order = [
  'not',
  'type',
  'const',
  'enum',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
] as const;

export type ValueKeyword = (typeof order)[number];

/** The first keyword about the value itself (not its members) that it fails. */
export function failedKeyword(
  value: unknown,
  schema: Schema,
  schemas: DocumentSchema,
): ValueKeyword | undefined {
  for (const keyword of keywordsOf(schema)) {
    if (!satisfies(keyword, value, schema, schemas)) return keyword;
  }
  return undefined;
}

/** Most schemas have one or two, and each is asked for with every document. */
const keywords = new WeakMap<Schema, readonly ValueKeyword[]>();

function keywordsOf(schema: Schema): readonly ValueKeyword[] {
  let own = keywords.get(schema);
  if (own === undefined) {
    own = order.filter((keyword) => schema[keyword] !== undefined);
    keywords.set(schema, own);
  }
  return own;
}

function satisfies(keyword: ValueKeyword, value: unknown, schema: Schema, schemas: DocumentSchema): boolean {
  switch (keyword) {
    case 'not':
      return schema.not === undefined || !matchesSchema(value, schema.not, schemas);
    case 'type':
      return isOfSchemaType(value, schema);
    case 'const':
      return value === schema.const;
    case 'enum':
      return schema.enum?.includes(value) === true;
    case 'minLength':
      return typeof value !== 'string' || codePoints(value) >= (schema.minLength ?? 0);
    case 'maxLength':
      return typeof value !== 'string' || codePoints(value) <= (schema.maxLength ?? 0);
    case 'pattern':
      return typeof value !== 'string' || schemas.pattern(schema.pattern ?? '').test(value);
    case 'minimum':
      return typeof value !== 'number' || value >= (schema.minimum ?? 0);
    case 'maximum':
      return typeof value !== 'number' || value <= (schema.maximum ?? 0);
    case 'maxItems':
      return !Array.isArray(value) || value.length <= (schema.maxItems ?? Infinity);
    case 'minItems':
      return !Array.isArray(value) || value.length >= (schema.minItems ?? 0);
  }
}

/** Whether a value is of one of the schema's types; of any when it names none. */
export function isOfSchemaType(value: unknown, { type }: Schema): boolean {
  if (type === undefined) return true;
  return typeof type === 'string' ? isOfType(value, type) : type.some((each) => isOfType(value, each));
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    default:
      return isObject(value);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matchesBranch(value: unknown, schema: Schema, schemas: DocumentSchema): boolean {
  const branch = matchesSchema(value, schema.if ?? {}, schemas) ? schema.then : schema.else;
  return branch === undefined || matchesSchema(value, branch, schemas);
}

function matchesItems(value: unknown, { items }: Schema, schemas: DocumentSchema): boolean {
  return (
    items === undefined || !Array.isArray(value) || value.every((item) => matchesSchema(item, items, schemas))
  );
}

function matchesProperties(value: unknown, schema: Schema, schemas: DocumentSchema): boolean {
  if (!isObject(value)) return true;
  const { properties = {}, required = [], additionalProperties, propertyNames } = schema;
  if (required.some((key) => !Object.hasOwn(value, key))) return false;
  return Object.entries(value).every(([key, member]) => {
    if (propertyNames !== undefined && !matchesSchema(key, propertyNames, schemas)) return false;
    if (Object.hasOwn(properties, key)) return matchesSchema(member, properties[key] ?? {}, schemas);
    if (additionalProperties === false) return false;
    return typeof additionalProperties !== 'object' || matchesSchema(member, additionalProperties, schemas);
  });
}

/** JSON Schema counts characters, not UTF-16 units. */
function codePoints(text: string): number {
  return Array.from(text).length;
}
