import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/documents/parse-yaml.ts';
import { renderTemplate } from '../../../src/documents/render-template.ts';

describe('a template', () => {
  it('gets its values quoted where they must be, and bare in comments', () => {
    const template =
      '# for <who>\nname: <name> # <name>\n<key>: 1\nlist:\n  - <name>\n  - k: <on>\nx: a <= b\n';
    const values = { who: "it's", name: 'yes', key: 'a: b', on: true };
    expect(renderTemplate(template, { values })).toBe(
      "# for it's\nname: 'yes' # yes\n'a: b': 1\nlist:\n  - 'yes'\n  - k: true\nx: a <= b\n",
    );
  });

  it('keeps or drops blocks', () => {
    const template = 'a: 1\n#if big\nb: <b>\n#end\n  #if not big\nc: 3\n  #end\nd: 4\n';
    const render = (big: boolean): string =>
      renderTemplate(template, { values: { b: 2 }, conditions: { big } });
    expect(render(true)).toBe('a: 1\nb: 2\nd: 4\n');
    expect(render(false)).toBe('a: 1\nc: 3\nd: 4\n');
  });

  it('leaves expressions of Azure ML alone', () => {
    const template = 'a: ${{parent.inputs.x}}\n';
    expect(renderTemplate(template, { values: {} })).toBe(template);
  });

  it.each([
    ['a: <b>', {}, {}, 'line 1: no value for <b>'],
    ['a: 1', { b: 1 }, {}, 'b is not asked for'],
    ['a: 1', {}, { c: true }, 'c is not asked for'],
    ['a: x<b>', { b: 1 }, {}, 'line 1: <b> is not a whole value'],
    ['a: <b>x', { b: 1 }, {}, 'line 1: <b> is not a whole value'],
    ["a: '<b>'", { b: 1 }, {}, 'line 1: <b> is not a whole value'],
    ['# <b>', { b: 'x\ny' }, {}, 'line 1: the value of <b> has a line break'],
    ['#if c\na: 1', {}, { c: true }, '#if without #end'],
    ['a: 1\n#end', {}, {}, 'line 2: #end is out of place'],
    ['#if c\n#if c\n#end\n#end', {}, { c: true }, 'line 2: #if is out of place'],
    ['#if c\n#end', {}, {}, 'line 1: no condition "c"'],
    ['a: <constructor>', {}, {}, 'no value for <constructor>'],
  ])('%j with %j and %j is refused', (template, values, conditions, problem) => {
    expect(() => renderTemplate(template, { values, conditions })).toThrow(problem);
  });
});

describe('the templates', () => {
  const files = globSync('templates/{online,batch,finetune,evaluate,assets}/*.yml').sort();

  it.each(files)('%s is a YAML document before it is filled in', (file) => {
    const { roots, diagnostics } = parseYaml(readFileSync(file, 'utf8'), file);
    expect(diagnostics.filter(({ code }) => code !== 'yaml-duplicate-key')).toEqual([]);
    expect(roots.map(({ kind }) => kind)).toEqual(['mapping']);
  });

  it('are there', () => {
    expect(files.length).toBeGreaterThan(10);
  });
});
