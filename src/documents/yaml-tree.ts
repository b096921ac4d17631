import type { ScalarValue } from './resolve-scalar.ts';

/** A range of the source text, in UTF-16 units, end exclusive. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

export interface YamlScalar extends SourceRange {
  readonly kind: 'scalar';
  readonly scalar: ScalarValue;
  /** As it stands in the file, without quotes. */
  readonly source: string;
  /** Without quotes and without a tag. */
  readonly plain: boolean;
}

export interface YamlEntry {
  /** The key as text; a key that is no text as Python writes it. */
  readonly name: string;
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

/** Entries are what remains after merge keys (`<<`) and of several entries with one key the last. */
export interface YamlMapping extends SourceRange {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlSequence extends SourceRange {
  readonly kind: 'sequence';
  readonly items: readonly YamlNode[];
}

/** An alias is the anchored node itself: trees share nodes, and positions are those of the anchored text. */
export type YamlNode = YamlScalar | YamlMapping | YamlSequence;

/** The value of `name` in a mapping; undefined for other nodes and missing keys. */
export function entryOf(node: YamlNode | undefined, name: string): YamlEntry | undefined {
  return node?.kind === 'mapping' ? node.entries.get(name) : undefined;
}

export function hasAnyKey(mapping: YamlMapping, names: readonly string[]): boolean {
  return names.some((name) => mapping.entries.has(name));
}

/** The text of a scalar entry as it stands in the file; undefined for other nodes, missing keys and empty values. */
export function scalarText(node: YamlNode | undefined, name: string): string | undefined {
  const value = entryOf(node, name)?.value;
  return value?.kind === 'scalar' && value.scalar.type !== 'null' ? value.source : undefined;
}

/** Appends one key or index to a JSON pointer. */
export function joinPointer(pointer: string, token: string | number): string {
  const text = String(token);
  const escaped = /[~/]/.test(text) ? text.replaceAll('~', '~0').replaceAll('/', '~1') : text;
  return `${pointer}/${escaped}`;
}

export function pointerOf(path: readonly (string | number)[]): string {
  return path.reduce<string>(joinPointer, '');
}

export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export interface LocatedNode {
  readonly node: YamlNode;
  /** Where the node is the value of a mapping's entry. */
  readonly key?: YamlScalar;
}

/** The node at a JSON pointer, or the nearest one above it. */
export function locate(root: YamlNode, pointer: string): LocatedNode {
  let found: LocatedNode = { node: root };
  for (const token of pointerTokens(pointer)) {
    const { node } = found;
    if (node.kind === 'scalar') return found;
    if (node.kind === 'sequence') {
      const item = node.items[Number(token)];
      if (item === undefined) return found;
      found = { node: item };
    } else {
      const entry = entryOf(node, token);
      if (entry === undefined) return found;
      found = { node: entry.value, key: entry.key };
    }
  }
  return found;
}

/** The tree as plain JavaScript values; timestamps, binary and big integers stay what {@link ScalarValue} has. */
export function toValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.scalar.value;
    case 'sequence':
      return node.items.map(toValue);
    case 'mapping':
      // fromEntries defines members, so that a key `__proto__` is one like any other.
      return Object.fromEntries([...node.entries.values()].map(({ name, value }) => [name, toValue(value)]));
  }
}

/** What a node is, for messages. */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'mapping') return 'a mapping';
  if (node.kind === 'sequence') return 'a list';
  const { type } = node.scalar;
  const quoted = `'${abbreviate(node.source)}'`;
  switch (type) {
    case 'null':
      return 'empty';
    case 'text':
      return quoted;
    case 'integer':
    case 'float':
      return `the number ${abbreviate(node.source)}`;
    case 'boolean':
      return `the boolean ${abbreviate(node.source)}`;
    case 'timestamp':
      return `the date ${abbreviate(node.source)}`;
    case 'binary':
      return 'binary data';
  }
}

export function abbreviate(text: string, limit = 80): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
