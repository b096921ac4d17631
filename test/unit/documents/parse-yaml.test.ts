import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/documents/parse-yaml.ts';
import { entryOf, joinPointer, locate, pointerTokens, toValue } from '../../../src/documents/yaml-tree.ts';

function valueOf(text: string): unknown {
  const { roots, diagnostics } = parseYaml(text, 'x.yml');
  const [root] = roots;
  expect(diagnostics).toEqual([]);
  return root === undefined ? undefined : toValue(root);
}

describe('parseYaml', () => {
  it('reads anchors, aliases, merges, tags, block and flow style', () => {
    const text = `
a: &a {x: 1, y: [2, "3"]}
b: *a
c:
  <<: [{y: first, z: 1}, {y: second, w: 2}]
  z: own
d: !!str 010
e: ! 010
f: !!map {}
g: |
  two
  lines
h: >-
  one
  line
? i
: it's
"quoted key": ''
`;
    expect(valueOf(text)).toEqual({
      a: { x: 1, y: [2, '3'] },
      b: { x: 1, y: [2, '3'] },
      c: { y: 'first', z: 'own', w: 2 },
      d: '010',
      e: '010',
      f: {},
      g: 'two\nlines\n',
      h: 'one line',
      i: "it's",
      'quoted key': '',
    });
  });

  it('keeps keys that are no text as Python writes them, and hostile ones as they are', () => {
    const value = valueOf('on: 1\n1: 2\n~: 3\n__proto__: 4\n"<<": 5\n') as object;
    expect(Object.entries(value)).toEqual(
      Object.entries({ 1: 2, True: 1, '': 3, ['__proto__']: 4, '<<': 5 }),
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('knows where keys and values stand', () => {
    const text = '# comment\na:\n  b: "x y" # more\n  c: [1, {d: z}]\n  e:\n';
    const [root] = parseYaml(text, 'x.yml').roots;
    const shown = (pointer: string): unknown[] => {
      const { node, key } = locate(root!, pointer);
      return [
        key === undefined ? undefined : text.slice(key.start, key.end),
        text.slice(node.start, node.end),
      ];
    };
    expect(shown('/a/b')).toEqual(['b', '"x y"']);
    expect(shown('/a/c/0')).toEqual([undefined, '1']);
    expect(shown('/a/c/1/d')).toEqual(['d', 'z']);
    expect(shown('/a/e')).toEqual(['e', '']);
    // Nearest above what is not there.
    expect(shown('/a/b/no/such')).toEqual(['b', '"x y"']);
    expect(shown('/a/c/7')[0]).toBe('c');
    expect(entryOf(root, 'nope')).toBeUndefined();
  });

  it.each([
    ['a byte order mark', '\uFEFFa: 1', { a: 1 }],
    ['CRLF', 'a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['an explicit start and end', '%YAML 1.1\n---\na: 1\n...\n', { a: 1 }],
    ['a tag handle', '%TAG !y! tag:yaml.org,2002:\n---\na: !y!int "7"\n', { a: 7 }],
    ['JSON', '{"a": [true, null, 1.5]}', { a: [true, null, 1.5] }],
  ])('reads %s', (_, text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it.each([
    ['a NUL byte', 'a: \0', 'yaml-syntax'],
    ['deep nesting', '['.repeat(5000), 'yaml-syntax'],
    ['deep nesting that is closed', `a: ${'['.repeat(200)}${']'.repeat(200)}`, 'yaml-syntax'],
    ['too many characters', ' '.repeat(4 * 1024 * 1024 + 1), 'yaml-too-large'],
    ['too many values', `a: [${'1,'.repeat(60_000)}]`, 'yaml-too-large'],
    [
      'too many keys',
      Array.from({ length: 60_000 }, (_, index) => `k${index}: 1`).join('\n'),
      'yaml-too-large',
    ],
    [
      'merges of merges',
      `a: &a {${Array.from({ length: 900 }, (_, index) => `k${index}: 1`).join(',')}}\n${Array.from({ length: 900 }, (_, index) => `m${index}: {<<: *a}`).join('\n')}`,
      'yaml-too-large',
    ],
    [
      'one mapping merged many times',
      `a: &a {${Array.from({ length: 900 }, (_, index) => `k${index}: 1`).join(',')}}\nb:\n${'  <<: *a\n'.repeat(900)}`,
      'yaml-too-large',
    ],
    ['a list of an alias to itself', 'a: &a [*a]', 'yaml-alias'],
    ['an impossible text', '"\\xZZ"', 'yaml-syntax'],
    ['an unclosed bracket', 'a: [1', 'yaml-syntax'],
  ])('answers %s with one error', (_, text, code) => {
    const { roots, diagnostics } = parseYaml(text, 'x.yml');
    expect(roots).toEqual([]);
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  it('may use an anchor again after redefining it', () => {
    expect(valueOf('a: &x 1\nb: *x\nc: &x 2\nd: *x\n')).toEqual({ a: 1, b: 1, c: 2, d: 2 });
  });
});

describe('a JSON pointer', () => {
  it.each(['plain', 'with/slash', 'with~tilde', '~1', ''])('carries the key %j', (key) => {
    expect(pointerTokens(joinPointer(joinPointer('', key), 3))).toEqual([key, '3']);
  });
});
