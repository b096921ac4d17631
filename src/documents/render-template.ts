import { yamlScalar } from './yaml-scalar.ts';

export interface TemplateInput {
  /** What stands for `<name>`. A member that the template does not know is an error, as is a missing one. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** What `#if name` and `#if not name` ask. */
  readonly conditions?: Readonly<Record<string, boolean>>;
}

const placeholder = /<([a-z][a-z0-9_]*)>/g;
const directive = /^[ ]*#(if not|if|end)(?: ([a-z][a-z0-9_]*))?$/;

/**
 * Fills in a template of ours. A template is a YAML document with
 * - `<name>` as a whole value, list item or key, which becomes a scalar that is quoted where it must be; inside a
 *   comment it becomes the text itself, which has to be one line;
 * - `#if name` or `#if not name` … `#end`, each on a line of its own and not nested: the lines between them are kept
 *   or dropped.
 *
 * There is nothing else, and every deviation throws: a template is part of the program.
 */
export function renderTemplate(template: string, input: TemplateInput): string {
  const { values, conditions = {} } = input;
  const used = new Set<string>();
  const lines: string[] = [];
  let block: { readonly keep: boolean } | undefined;
  for (const [index, line] of template.split('\n').entries()) {
    const fail = (problem: string): never => {
      throw new Error(`template, line ${index + 1}: ${problem}`);
    };
    const [isDirective, word, name] = directive.exec(line) ?? [];
    if (isDirective !== undefined) {
      if (word === 'end' ? block === undefined || name !== undefined : block !== undefined) {
        fail(`#${word ?? ''} is out of place`);
      }
      block = word === 'end' ? undefined : { keep: conditionOf(name, fail) === (word === 'if') };
      continue;
    }
    const filled = fillLine(line, fail);
    if (block?.keep !== false) lines.push(filled);
  }
  if (block !== undefined) throw new Error('template: #if without #end');
  const unused = [...Object.keys(values), ...Object.keys(conditions)].filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`template: ${unused.join(', ')} is not asked for`);
  return lines.join('\n');

  function conditionOf(name: string | undefined, fail: (problem: string) => never): boolean {
    const condition = name !== undefined && Object.hasOwn(conditions, name) ? conditions[name] : undefined;
    if (name === undefined || condition === undefined) return fail(`no condition "${name ?? ''}"`);
    used.add(name);
    return condition;
  }

  function fillLine(line: string, fail: (problem: string) => never): string {
    const comment = /(?:^|\s)#/.exec(line)?.index ?? line.length;
    return line.replaceAll(placeholder, (text, name: string, offset: number) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) return fail(`no value for ${text}`);
      used.add(name);
      if (offset >= comment) {
        return /[\r\n\u0085\u2028\u2029]/.test(String(value))
          ? fail(`the value of ${text} has a line break, in a comment`)
          : String(value);
      }
      const isWhole =
        /(?:^\s*|: |- )$/.test(line.slice(0, offset)) && /^(?:$| |:)/.test(line.slice(offset + text.length));
      return isWhole ? yamlScalar(value) : fail(`${text} is not a whole value`);
    });
  }
}
