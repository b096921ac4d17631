import { nearestNames, orList } from '../io/nearest-names.ts';
import type { DiagnosticSink, TextEdit } from './diagnostic.ts';
import { failedKeyword, isOfSchemaType, matchesSchema } from './matches-schema.ts';
import { hasPlaceholder } from './placeholder.ts';
import { rangeOfNode } from './places.ts';
import { plainValue, readScalar } from './read-scalar.ts';
import { pythonText, readsDifferently, resolveScalar12 } from './resolve-scalar.ts';
import { scalarEdit } from './scalar-edit.ts';
import { expectation, keyDescription } from './schema-messages.ts';
import type { DocumentSchema, Schema } from './schema.ts';
import { abbreviate, describeNode, pointerOf, toValue } from './yaml-tree.ts';
import type { YamlEntry, YamlMapping, YamlNode, YamlScalar } from './yaml-tree.ts';

/** A file with more mistakes than this is something else altogether. */
const maxFindings = 200;

/**
 * The tree as plain values, with every scalar read as Azure's loader reads it for the type that the schema gives, and
 * what the schema finds wrong reported, one diagnostic for a mistake: an unknown key at the key, with the nearest
 * known name; a missing one at its parent, unless an unknown key is the same one misspelled. `complete`: what is to be
 * filled in is an error.
 */
export function readDocument(
  root: YamlMapping,
  schemas: DocumentSchema,
  sink: DiagnosticSink,
  complete = false,
): Readonly<Record<string, unknown>> {
  return new DocumentReader(schemas, sink, complete).read(root, schemas.root) as Readonly<
    Record<string, unknown>
  >;
}

class DocumentReader {
  readonly #schemas: DocumentSchema;
  readonly #sink: DiagnosticSink;
  readonly #complete: boolean;
  readonly #path: (string | number)[] = [];
  /** An alias repeats a value, and with it the mistake: it stands in the file once. */
  readonly #told = new Set<string>();

  constructor(schemas: DocumentSchema, sink: DiagnosticSink, complete: boolean) {
    this.#schemas = schemas;
    this.#sink = sink;
    this.#complete = complete;
  }

  /** `base` is the value as another part of the same schema has read it: what this part does not describe stays so. */
  read(node: YamlNode, given: Schema | undefined, key?: YamlScalar, base?: unknown): unknown {
    if (given === undefined) return base === undefined ? checkable(node) : base;
    if (node.kind === 'scalar' && node.plain && node.source.startsWith('{{')) {
      this.#reportPlaceholder(node, key);
      return node.source;
    }
    const schema = this.#schemas.resolve(given);
    if (schema['x-read-as'] === 'text') return this.#readText(node, key);
    const union = unionBranch(node, schema);
    if (union !== undefined) return this.read(node, union, key, base);
    if (node.kind === 'scalar')
      return this.#readBranches(node, schema, this.#readScalar(node, schema, key, base), key);
    if (!isOfSchemaType(node.kind === 'mapping' ? emptyMapping : emptyList, schema)) {
      this.#reportValue(node, schema, 'type', key);
      return base ?? checkable(node);
    }
    const value =
      node.kind === 'mapping'
        ? this.#readMapping(node, schema, base, key)
        : node.items.map((item, index) => this.#readItem(item, schema, index, base));
    const failed = failedKeyword(value, schema, this.#schemas);
    if (failed === undefined) return this.#readBranches(node, schema, value, key);
    this.#reportValue(node, schema, failed, key);
    return value;
  }

  #readScalar(node: YamlScalar, schema: Schema, key: YamlScalar | undefined, base: unknown): unknown {
    const value =
      base !== undefined && schema.type === undefined && schema['x-read-as'] === undefined
        ? base
        : readScalar(node.scalar, schema);
    const failed = failedKeyword(value, schema, this.#schemas);
    if (failed !== undefined) {
      this.#reportValue(node, schema, failed, key);
    } else if (schema.type === 'integer' && node.scalar.type === 'float' && value !== node.scalar.value) {
      const message = `${this.#name} ${node.source} is read as ${String(value)}: expected a whole number`;
      this.#report('warning', 'number-truncated', message, node);
    } else if (schema['x-read-as'] === 'version' || schema['x-read-as'] === 'component-version')
      this.#reportOtherText(node, value);
    else if (node.plain && readsDifferently(node)) this.#reportReading(node, schema, value);
    return value;
  }

  /** A value that a reader of YAML 1.2, which most other tools are, would take for another one. */
  #reportReading(node: YamlScalar, schema: Schema, value: unknown): void {
    const other = resolveScalar12(node.source);
    if (Object.is(readScalar(other, schema), value)) return;
    const is = describeReading(node.scalar, node.source);
    const message = `${this.#name} ${node.source} is ${is} to Azure ML, which reads YAML 1.1, and ${describeReading(other, node.source)} to readers of YAML 1.2`;
    this.#report('info', 'yaml-reading', message, node);
  }

  #readItem(item: YamlNode, schema: Schema, index: number, base: unknown): unknown {
    this.#path.push(index);
    const value = this.read(item, schema.items, undefined, (base as unknown[] | undefined)?.[index]);
    this.#path.pop();
    return value;
  }

  #readMapping(node: YamlMapping, schema: Schema, base: unknown, key: YamlScalar | undefined): object {
    const { properties = {}, additionalProperties, propertyNames } = schema;
    const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
    const meant = new Set<string>();
    const members: [string, unknown][] = [];
    for (const entry of node.entries.values()) {
      const { name, value } = entry;
      const known = Object.hasOwn(properties, name);
      const baseValue = (base as Record<string, unknown> | undefined)?.[name];
      this.#path.push(name);
      if (!known && (additionalProperties === false || schema['x-unknown'] === 'warning')) {
        this.#reportUnknownKey(entry, node, schema, meant);
      } else if (entry.key.plain && name !== entry.key.source) this.#reportKeyReading(entry);
      if (schema['x-text-keys'] === true) this.#checkKeyType(entry);
      if (propertyNames !== undefined) this.#checkName(entry, this.#schemas.resolve(propertyNames));
      members.push([name, this.read(value, known ? properties[name] : others, entry.key, baseValue)]);
      this.#path.pop();
    }
    const missing = (schema.required ?? []).filter((name) => !node.entries.has(name) && !meant.has(name));
    const [required] = missing;
    if (required !== undefined) {
      const parent = this.#path.length === 0 ? 'the document' : this.#name;
      const what =
        missing.length === 1
          ? `'${required}'${keyDescription(this.#schemas, schema, required)}`
          : orList(missing.map((name) => `'${name}'`));
      this.#report('error', 'missing-key', `${parent} has no ${what}`, node, key);
    }
    // fromEntries defines members, so that a key `__proto__` is one like any other.
    return Object.fromEntries(members);
  }

  #reportUnknownKey({ name, key }: YamlEntry, parent: YamlMapping, schema: Schema, meant: Set<string>): void {
    if (this.#told.size >= maxFindings) return;
    if (hasPlaceholder(key.source)) {
      const message = `the key '${abbreviate(key.source)}' is to be filled in before the document is used`;
      this.#report(this.#complete ? 'error' : 'warning', 'placeholder', message, key);
      return;
    }
    const properties = schema.properties ?? {};
    const shown = key.source === '' ? name : key.source;
    const elsewhere = schema['x-elsewhere'] ?? {};
    const hint = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
    const others = Object.keys(properties).filter((each) => !parent.entries.has(each));
    const candidates = hint === undefined ? nearestNames(shown, others, { limit: 2 }) : [];
    const [nearest] = candidates;
    const suggestion =
      nearest === undefined ? `expected ${orList(documentedKeys(properties))}` : `did you mean '${nearest}'?`;
    const where = this.#path.length === 1 ? '' : ` in ${dottedPath(this.#path.slice(0, -1))}`;
    if (nearest !== undefined) meant.add(nearest);
    const edit = candidates.length === 1 ? scalarEdit(key, nearest ?? '') : undefined;
    this.#report(
      // The only trace of a key that must be there is no mere warning.
      nearest !== undefined && schema.required?.includes(nearest) === true
        ? 'error'
        : (schema['x-unknown'] ?? 'error'),
      'unknown-key',
      `unknown key '${abbreviate(shown)}'${where}: ${hint ?? suggestion}`,
      key,
      undefined,
      nearest,
      edit === undefined ? undefined : [edit],
    );
  }

  #reportKeyReading({ name, key }: YamlEntry): void {
    const message = `the key ${key.source} is '${name}' to Azure ML, which reads YAML 1.1: quote it to keep it as it stands`;
    this.#report('info', 'yaml-reading', message, key);
  }

  #checkKeyType({ key }: YamlEntry): void {
    if (key.scalar.type === 'text') return;
    const message = `the key ${abbreviate(key.source)} is ${describeNode(key)}: expected text, so quote it: "${abbreviate(key.source)}"`;
    this.#report('error', 'wrong-type', message, key);
  }

  #checkName({ name, key }: YamlEntry, schema: Schema): void {
    const failed = failedKeyword(name, schema, this.#schemas);
    if (failed === undefined) return;
    const [code, expected] = expectation(failed, schema, key);
    this.#report('error', code, `the key '${abbreviate(name)}': ${expected}`, key);
  }

  #readBranches(node: YamlNode, schema: Schema, value: unknown, key: YamlScalar | undefined): unknown {
    let read = value;
    if (schema.if !== undefined) {
      const branch = matchesSchema(read, schema.if, this.#schemas) ? schema.then : schema.else;
      if (branch !== undefined) read = this.read(node, branch, key, read);
    }
    for (const each of schema.allOf ?? []) read = this.read(node, each, key, read);
    return read;
  }

  /** A value of a free mapping: Azure's client sends all of them as text, which is not always what stands there. */
  #readText(node: YamlNode, key: YamlScalar | undefined): string {
    if (node.kind !== 'scalar') {
      const message = `${this.#name} is ${describeNode(node)}, which is sent as one text: expected text`;
      this.#report('warning', 'value-becomes-text', message, node, key);
      return JSON.stringify(toValue(node), (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      );
    }
    const text = pythonText(node.scalar);
    if (node.scalar.type === 'null') {
      const message = `${this.#name} is empty and is sent as empty text: write '' if that is meant`;
      this.#report('warning', 'value-becomes-text', message, node, key);
    } else this.#reportOtherText(node, text);
    return text;
  }

  #reportOtherText(node: YamlScalar, text: unknown): void {
    if (typeof text !== 'string' || text === node.source) return;
    const message = `${this.#name} ${abbreviate(node.source)} becomes the text '${abbreviate(text)}': quote it to keep it as it stands`;
    // A number whose digits get lost was meant as it stands. True for true may be what a program waits for.
    const isNumber = node.plain && (node.scalar.type === 'integer' || node.scalar.type === 'float');
    const edits = [{ start: node.start, end: node.end, text: `"${node.source}"` }];
    this.#report(
      'warning',
      'value-becomes-text',
      message,
      node,
      undefined,
      undefined,
      isNumber && node.start >= 0 ? edits : undefined,
    );
  }

  #reportPlaceholder(node: YamlScalar, key: YamlScalar | undefined): void {
    const what = this.#path.length === 0 ? 'the document' : this.#name;
    const message = `${what} is ${describeNode(node)}, which is to be filled in before the document is used`;
    this.#report(this.#complete ? 'error' : 'warning', 'placeholder', message, node, key);
  }

  #reportValue(
    node: YamlNode,
    schema: Schema,
    keyword: Parameters<typeof expectation>[0],
    key: YamlScalar | undefined,
  ): void {
    if (node.kind === 'scalar' && hasPlaceholder(node.source)) {
      this.#reportPlaceholder(node, key);
      return;
    }
    const what = this.#path.length === 0 ? 'the document' : this.#name;
    const [code, expected, correct] = expectation(keyword, schema, node);
    const edit = correct === undefined || node.kind !== 'scalar' ? undefined : scalarEdit(node, correct);
    const fix = edit === undefined ? undefined : [edit];
    this.#report('error', code, `${what} is ${describeNode(node)}: ${expected}`, node, key, undefined, fix);
  }

  #report(
    severity: 'error' | 'warning' | 'info',
    code: string,
    message: string,
    node: YamlNode,
    key?: YamlScalar,
    suggestion?: string,
    edits?: readonly TextEdit[],
  ): void {
    const range = rangeOfNode(node, key);
    const mistake = `${range?.start} ${code} ${range === undefined || code === 'missing-key' ? message : ''}`;
    if (this.#told.has(mistake) || this.#told.size >= maxFindings) return;
    this.#told.add(mistake);
    this.#sink.report({
      severity,
      code,
      message,
      pointer: pointerOf(this.#path),
      range,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(edits === undefined ? {} : { edits }),
    });
  }

  get #name(): string {
    return dottedPath(this.#path);
  }
}

const emptyMapping: object = {};
const emptyList: readonly unknown[] = [];

/** The commonest union, told apart by the node alone: `if` it is a mapping. */
function unionBranch(node: YamlNode, schema: Schema): Schema | undefined {
  const { if: condition, properties, additionalProperties, type } = schema;
  if (condition?.type !== 'object' || Object.keys(condition).length > 1) return undefined;
  if (type !== undefined || properties !== undefined || additionalProperties !== undefined) return undefined;
  return (node.kind === 'mapping' ? schema.then : schema.else) ?? {};
}

function checkable(node: YamlNode): unknown {
  return plainValue(toValue(node));
}

function dottedPath(path: readonly (string | number)[]): string {
  return path.map((token) => abbreviate(String(token))).join('.');
}

/** Without those that only the service writes. */
function documentedKeys(properties: Readonly<Record<string, Schema>>): string[] {
  return Object.entries(properties)
    .filter(([name, { description }]) => name !== '$schema' && description?.startsWith('Set by') !== true)
    .map(([name]) => name);
}

function describeReading(scalar: YamlScalar['scalar'], source: string): string {
  switch (scalar.type) {
    case 'text':
      return 'text';
    case 'null':
      return 'empty';
    case 'timestamp':
      return 'a date';
    case 'binary':
      return 'binary data';
    case 'integer':
    case 'float': {
      const text = pythonText(scalar);
      return text === source ? 'a number' : `the number ${text}`;
    }
    case 'boolean':
      return scalar.value ? 'true' : 'false';
  }
}
