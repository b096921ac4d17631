import { describe, expect, it } from 'vitest';
import { parsePythonLiteral } from '../../../src/card/python-literal.ts';

describe('parsePythonLiteral', () => {
  it.each([
    ["{'apply_deepspeed': 'true', 'apply_ort': 'true'}", { apply_deepspeed: 'true', apply_ort: 'true' }],
    ["ordereddict({'a': 'b'})", { a: 'b' }],
    ["OrderedDict([('a', 'b'), ('c', True)])", { a: 'b', c: true }],
    ["['Standard_DS3_v2', 'Standard_D4a_v4',]", ['Standard_DS3_v2', 'Standard_D4a_v4']],
    ['["a", "it\'s"]', ['a', "it's"]],
    ["('a', -1.5, None, False)", ['a', -1.5, null, false]],
    [' { } ', {}],
    ['[]', []],
    ["'a\\'b'", "a'b"],
    ["{'__proto__': 'x'}", JSON.parse('{"__proto__": "x"}')],
  ])('reads %s', (text, value) => {
    expect(parsePythonLiteral(text)).toEqual(value);
  });

  it.each([
    '',
    'Standard_DS3_v2',
    '4|1|28|176',
    "{'a': 'b'",
    "{'a' 'b'}",
    "{1: 'b'}",
    "['a' 'b']",
    "['a'] ['b']",
    "'a",
    "__import__('os')",
    "ordereddict({'a': 'b'}",
    '['.repeat(100_000),
    `'${'a'.repeat(70_000)}'`,
  ])('reads nothing from %.40s', (text) => {
    expect(parsePythonLiteral(text)).toBeUndefined();
  });
});
