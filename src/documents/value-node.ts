import type { ScalarValue } from './resolve-scalar.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './yaml-tree.ts';

/** Of nodes that stand in no file. */
const nowhere = { start: -1, end: -1 } as const;

/** A value that a caller supplies as a node of a tree, which stands in no file. */
export function valueNode(value: unknown): YamlNode {
  if (Array.isArray(value)) return { kind: 'sequence', ...nowhere, items: value.map(valueNode) };
  if (typeof value === 'object' && value !== null) return mappingNode(value);
  return scalarNode(value);
}

function mappingNode(value: object): YamlNode {
  return {
    kind: 'mapping',
    ...nowhere,
    entries: new Map(Object.entries(value).map(([name, member]) => [name, valueEntry(name, member)])),
  };
}

export function valueEntry(name: string, value: unknown): YamlEntry {
  return { name, key: scalarNode(name), value: valueNode(value) };
}

function scalarNode(value: unknown): YamlScalar {
  const source =
    typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
  return { kind: 'scalar', ...nowhere, plain: false, source, scalar: scalarValue(value) };
}

function scalarValue(value: unknown): ScalarValue {
  switch (typeof value) {
    case 'number':
      return { type: Number.isInteger(value) ? 'integer' : 'float', value };
    case 'boolean':
      return { type: 'boolean', value };
    case 'string':
      return { type: 'text', value };
    default:
      return { type: 'null', value: null };
  }
}
