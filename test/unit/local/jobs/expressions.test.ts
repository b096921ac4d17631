import { describe, expect, it } from 'vitest';
import {
  commandReferences,
  embeddedInputs,
  fillCommand,
  fillEmbedded,
  parseBinding,
} from '../../../../src/local/jobs/expressions.ts';

describe('bindings', () => {
  it.each([
    ['${{parent.inputs.x}}', { to: 'parentInput', name: 'x' }],
    ['${{ parent.outputs.out }}', { to: 'parentOutput', name: 'out' }],
    ['${{parent.jobs.a_1.outputs.b}}', { to: 'nodeOutput', node: 'a_1', output: 'b' }],
    ['${{parent.jobs.a.inputs.b}}', 'invalid'],
    ['${{inputs.x}}', 'invalid'],
    ['plain', undefined],
    ['a ${{parent.inputs.x}} b', undefined],
    ['${{parent.inputs.x}}${{parent.inputs.y}}', undefined],
  ])('%s', (text, expected) => {
    expect(parseBinding(text)).toEqual(expected);
  });

  it('are found within text, and filled in', () => {
    const text = 'lr=${{parent.inputs.lr}} n=${{ parent.inputs.n }}';
    expect(embeddedInputs(text)).toEqual({ names: ['lr', 'n'], invalid: [] });
    expect(embeddedInputs('${{name}}')).toEqual({ names: [], invalid: ['${{name}}'] });
    expect(fillEmbedded(text, (name) => (name === 'lr' ? '0.5' : undefined))).toBe('lr=0.5 n=');
  });
});

describe('commands', () => {
  const values: Record<string, string> = { 'inputs.a': 'A', 'outputs.o': '/out' };
  const fill = (command: string): string =>
    fillCommand(command, ({ kind, name }) => values[`${kind}.${name}`]);

  it.each([
    ['x ${{inputs.a}} > ${{ outputs.o }}', 'x A > /out'],
    ['x ${{inputs.a.path}}', 'x A'],
    ['x $[[--a ${{inputs.a}}]] y', 'x --a A y'],
    ['x $[[--b ${{inputs.b}}]] y', 'x  y'],
    ['x $[[--a ${{inputs.a}} --b ${{inputs.b}}]]$[[ --o ${{outputs.o}}]]', 'x  --o /out'],
    ['x $[[ always ]]', 'x  always '],
    // A value that looks like an expression is a value.
    ['$a `b` "${{inputs.a}}"', '$a `b` "A"'],
  ])('%s', (command, expected) => {
    expect(fill(command)).toBe(expected);
  });

  it('do not read values as patterns', () => {
    expect(fillCommand('${{inputs.a}}', () => '$& $1 ${{inputs.a}}')).toBe('$& $1 ${{inputs.a}}');
  });

  it('name what they refer to, and what is no reference', () => {
    expect(commandReferences('${{inputs.a}} ${{outputs.o}} ${{name}}')).toEqual({
      references: [
        { kind: 'inputs', name: 'a' },
        { kind: 'outputs', name: 'o' },
      ],
      invalid: ['${{name}}'],
    });
  });
});
