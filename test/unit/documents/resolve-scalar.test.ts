import { describe, expect, it } from 'vitest';
import { pythonText, resolveTaggedScalar } from '../../../src/documents/resolve-scalar.ts';
import { parseYaml } from '../../../src/documents/parse-yaml.ts';
import { entryOf } from '../../../src/documents/yaml-tree.ts';
import golden from '../../golden/yaml-scalars.json' with { type: 'json' };

interface Reading {
  readonly type: string;
  readonly text?: string;
}

function read(source: string): Reading {
  const { roots, diagnostics } = parseYaml(`k: ${source}\n`, 'scalar.yml');
  if (diagnostics.length > 0) return { type: 'error' };
  const value = entryOf(roots[0], 'k')?.value;
  if (value?.kind !== 'scalar') return { type: value?.kind ?? 'nothing' };
  const { scalar } = value;
  return scalar.type === 'timestamp'
    ? { type: scalar.type }
    : { type: scalar.type, text: pythonText(scalar) };
}

describe('a plain scalar', () => {
  it.each(Object.entries(golden as Readonly<Record<string, Reading>>))(
    '%s is read as PyYAML reads it',
    (source, reading) => {
      expect(read(source)).toEqual(reading);
    },
  );
});

describe('a tagged scalar', () => {
  const tag = (name: string): string => `tag:yaml.org,2002:${name}`;
  it.each([
    ['010', 'str', { type: 'text', value: '010' }],
    ['010', 'int', { type: 'integer', value: 8 }],
    ['010', 'float', { type: 'float', value: 8 }],
    ['yes', 'bool', { type: 'boolean', value: true }],
    ['x', 'null', { type: 'null', value: null }],
    ['maybe', 'bool', undefined],
    ['1.5', 'int', undefined],
    ['x', 'python/object', undefined],
  ])('%s as %s', (source, name, value) => {
    expect(resolveTaggedScalar(source, tag(name))).toEqual(value);
  });
});
